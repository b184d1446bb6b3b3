import { hasSurrogate, untilNul } from "./text.ts";

/** A JSON value; objects are maps, so that no key is special. */
export type Json = string | number | boolean | null | readonly Json[] | ReadonlyMap<string, Json>;

/** Deeper nesting is not read, so that no input exhausts the stack; replies need three levels. */
const deepest = 200;

/**
 * Reads one JSON value from the start of a text, as leniently as certmonger does: blanks around it, raw line
 * breaks inside strings, any character after a backslash, numbers in any shape, and anything at all after it.
 *
 * And with its faults: `fals` and one more character are *false*, and a character outside the basic
 * multilingual plane (an emoji) spoils the whole text (measured on certmonger 0.79.17).
 *
 * @returns the value and where it ends, blanks after it included; `undefined` when the text does not start with one
 * @see certmonger 0.79.21 src/json.c, cm_json_decode
 */
export function readJson(text: string): { value: Json; end: number } | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  if (value === undefined) return undefined;
  reader.skipBlanks();
  return { value, end: reader.index };
}

class Reader {
  index = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  skipBlanks(): void {
    while (this.index < this.text.length && " \t\r\n".includes(this.text.charAt(this.index))) this.index++;
  }

  /** Steps over one expected character, blanks before it included. */
  take(character: string): boolean {
    this.skipBlanks();
    if (this.text[this.index] !== character) return false;
    this.index++;
    return true;
  }

  value(depth: number): Json | undefined {
    if (depth > deepest) return undefined;
    if (this.take("{")) return this.object(depth);
    if (this.take("[")) return this.array(depth);
    if (this.take('"')) return this.string();
    return this.scalar();
  }

  object(depth: number): Json | undefined {
    const entries = new Map<string, Json>();
    if (this.take("}")) return entries;
    do {
      const key = this.take('"') ? this.string() : undefined;
      if (key === undefined || !this.take(":")) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      entries.set(key, value);
    } while (this.take(","));
    return this.take("}") ? entries : undefined;
  }

  array(depth: number): Json | undefined {
    const items: Json[] = [];
    if (this.take("]")) return items;
    do {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.take(","));
    return this.take("]") ? items : undefined;
  }

  /** The rest of a string whose opening quote is behind us. */
  string(): string | undefined {
    const pieces: string[] = [];
    let from = this.index;
    for (;;) {
      const character = this.text[this.index];
      if (character === undefined) return undefined;
      if (character !== '"' && character !== "\\") {
        this.index++;
        continue;
      }
      pieces.push(this.text.slice(from, this.index++));
      if (character === '"') return readable(pieces.join(""));
      const unescaped = this.escape();
      if (unescaped === undefined) return undefined;
      pieces.push(unescaped);
      from = this.index;
    }
  }

  escape(): string | undefined {
    const character = this.text[this.index++];
    if (character !== "u") return character === undefined ? undefined : (escapes.get(character) ?? character);
    // Up to four digits: what is not one ends the number.
    const hex = /^[0-9A-Fa-f]*/.exec(this.text.slice(this.index, this.index + 4))?.[0] ?? "";
    this.index += hex.length;
    return String.fromCharCode(Number.parseInt(`0${hex}`, 16));
  }

  scalar(): Json | undefined {
    for (const { start, length, value } of words) {
      if (this.text.startsWith(start, this.index) && this.index + length <= this.text.length) {
        this.index += length;
        return value;
      }
    }
    const number = /[-+0-9][-+0-9Ee.]*/y;
    number.lastIndex = this.index;
    const found = number.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.index += found.length;
    return Number.parseFloat(found);
  }
}

const words = [
  { start: "null", length: 4, value: null },
  { start: "true", length: 4, value: true },
  { start: "fals", length: 5, value: false },
] as const;

/** A string as certmonger keeps it: up to the first NUL. */
function readable(text: string): string | undefined {
  return hasSurrogate(text) ? undefined : untilNul(text);
}

const escapes = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** The value under a key, when there is an object with one. */
export function jsonMember(value: Json | undefined, key: string): Json | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

/** The items of an array; none for anything else. */
export function jsonItems(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
