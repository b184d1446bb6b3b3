import { inspect } from "node:util";

/** Every secret of this run, so that `redact` can find it wherever it turns up. */
const known = new Set<string>();

/** A password, PIN or key that must not appear anywhere by accident: every way of printing it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value !== "") known.add(value);
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
  let clean = text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/@]*@)?([^\s?#"'<>]*)(\?[^\s"'<>]*)?/gi,
    redactUrl,
  );
  for (const value of known) clean = clean.replaceAll(value, "[secret]");
  return clean;
}

function redactUrl(
  _: string,
  scheme: string,
  user: string | undefined,
  rest: string,
  query?: string,
): string {
  return `${scheme}${user === undefined ? "" : "[secret]@"}${rest}${query === undefined ? "" : "?[…]"}`;
}
