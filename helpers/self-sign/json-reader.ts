/**
 * Reads a JSON value that a person wrote, and collects everything that is wrong with it.
 *
 * Each function gives `undefined` for what is absent, and for what is wrong after noting the problem:
 * `profiles.web.names.ip[0] is "10.0.0.0/99", not an address range`.
 */
export class JsonReader {
  readonly problems: string[] = [];

  /** An object with none but these keys. */
  object(
    value: unknown,
    where: string,
    keys?: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined {
    if (value === undefined) return undefined;
    if (!isObject(value)) return this.#wrong(where, value, "an object");
    for (const key of keys === undefined ? [] : Object.keys(value)) {
      if (!keys?.includes(key))
        this.problems.push(`${join(where, key)} is unknown; there are ${keys?.join(", ")}`);
    }
    return value;
  }

  boolean(value: unknown, where: string): boolean | undefined {
    if (value === undefined || typeof value === "boolean") return value;
    return this.#wrong(where, value, "true or false");
  }

  integer(value: unknown, where: string, least: number, most: number): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.#wrong(where, value, `a number from ${least} to ${most}`);
  }

  /** A text that `read` understands; `what` it should be is for the message. */
  text<T>(value: unknown, where: string, what: string, read: (text: string) => T | undefined): T | undefined {
    if (value === undefined) return undefined;
    const result = typeof value === "string" ? read(value) : undefined;
    return result ?? this.#wrong(where, value, what);
  }

  /** A list of such texts, with at least one in it. */
  list<T>(
    value: unknown,
    where: string,
    what: string,
    read: (text: string) => T | undefined,
  ): readonly T[] | undefined {
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length === 0)
      return this.#wrong(where, value, "a list with something in it");
    const items: readonly unknown[] = value;
    return items.flatMap((item, index) => this.text(item, `${where}[${index}]`, what, read) ?? []);
  }

  #wrong(where: string, value: unknown, what: string): undefined {
    this.problems.push(`${where || "it"} is ${JSON.stringify(value).slice(0, 60)}, not ${what}`);
  }
}

/** `profiles.web`; a key that is no plain word in brackets. */
export function join(where: string, key: string): string {
  const step = /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return where === "" && step.startsWith(".") ? key : where + step;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
