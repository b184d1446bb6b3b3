import { inspect } from "node:util";

/** Every secret of this run, in each form that it may have, so that `redact` can find it wherever it turns up. */
const known = new Set<string>();

/** A password, PIN or key that must not appear anywhere by accident: every way of printing it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value === "") return;
    // As it is, and as it may turn up in a URL or in a server's JSON.
    const inUrl = value.isWellFormed() ? encodeURIComponent(value) : value;
    for (const form of [value, inUrl, JSON.stringify(value).slice(1, -1)]) known.add(form);
  }

  /** The secret itself: call it where the value is handed over, and nowhere earlier. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** The text without the run's secrets, and with URLs bare of user information and query. */
export function redact(text: string): string {
  let clean = text;
  // Whole before in part: a URL's query could take the end of a secret with it, and one secret can begin another.
  for (const value of [...known].sort((one, other) => other.length - one.length))
    clean = clean.replaceAll(value, "[secret]");
  // From the `://` on: a pattern that began with the scheme would look for its end at every letter of a long text.
  return clean.replace(/:\/\/([^\s/@]*@)?([^\s?#"'<>]*)(\?[^\s"'<>]*)?/g, redactUrl);
}

function redactUrl(_: string, user: string | undefined, rest: string, query?: string): string {
  return `://${user === undefined ? "" : "[secret]@"}${rest}${query === undefined ? "" : "?[…]"}`;
}
