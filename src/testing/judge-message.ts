import { firstLine } from "../../protocol/index.ts";
import { looksLikeCrash } from "./crash.ts";
import type { Fault } from "./judge-reply.ts";
import { type Run, stdoutText } from "./run.ts";

/** What is wrong with the words of a refusal (exit status 2, 3 or 4): the first thing only. */
export function messageFaults(run: Run): Fault[] {
  const text = stdoutText(run);
  const line = firstLine(text);
  const status = `exit status ${run.exitStatus}`;
  if (line.trim() === "") {
    const elsewhere = run.stderr.trim() === "" ? "" : ` (stderr has some: ${quote(run.stderr)})`;
    return [{ check: "failures.message", text: `${status} with an empty first line on stdout${elsewhere}` }];
  }
  if (looksLikeCrash(text)) {
    return [{ check: "failures.traceback", text: `${status} with a stack trace: ${quote(line)}` }];
  }
  if (!isUtf8(run.stdout)) {
    return [{ check: "failures.utf8", text: `${status} with a message that is not UTF-8: ${quote(line)}` }];
  }
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) {
    return [
      { check: "failures.control-characters", text: `${status} with control characters: ${quote(line)}` },
    ];
  }
  const more = text
    .split(/\r\n|\r|\n/)
    .slice(1)
    .filter((other) => other.trim() !== "");
  if (more.length > 0) {
    return [
      {
        check: "failures.one-line",
        text: `${status} with ${more.length + 1} lines: ${quote(line)} and more`,
      },
    ];
  }
  return [];
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The start of the first line, in quotes, with everything odd escaped. */
export function quote(text: string): string {
  const line = text.trim().split(/\r?\n/)[0] ?? "";
  return JSON.stringify(line.length > 100 ? `${line.slice(0, 97)}...` : line);
}
