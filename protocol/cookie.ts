import { lineEnd, skipLineEnds, untilNul } from "./text.ts";

/**
 * The cookie that certmonger hands back with POLL after a helper printed this text (with exit status 5: what
 * follows the line with the seconds).
 *
 * One line comes back without its line end. More lines come back with a LF after each, the last one included (CR and
 * CRLF become LF); blank lines right after the first are lost once the daemon was restarted; a NUL ends it all.
 * That is why a cookie of ours is one line: see `isSafeCookie`.
 *
 * @see certmonger 0.79.21 src/submit-e.c, sanitize_cookie; src/store-files.c, cm_store_file_write_str
 */
export function cookieAfterSaving(cookie: string): string {
  const text = untilNul(cookie);
  const end = lineEnd(text);
  const rest = text.slice(skipLineEnds(text, end));
  const first = text.slice(0, end);
  if (rest === "") return first;
  const lines = rest.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return [first, ...lines].map((line) => `${line}\n`).join("");
}

/**
 * Bytes that fit into one variable: the kernel refuses to start a program with a longer `NAME=value`
 * (MAX_ARG_STRLEN is 128 KiB, with the NUL), and certmonger then tries again every 30 s for ever.
 */
export const maximumVariableBytes = 128 * 1024 - 1;

/** Whether a cookie is one line that comes back from certmonger as it was given, and fits into its variable. */
export function isSafeCookie(cookie: string): boolean {
  if (cookie === "" || /[\0\r\n]/.test(cookie)) return false;
  const bytes = new TextEncoder().encode(`CERTMONGER_CA_COOKIE=${cookie}`).length;
  return bytes <= maximumVariableBytes;
}
