import { decodeDer } from "./asn1.ts";
import { decodeUtf8 } from "./asn1-text.ts";
import { attributeTypeOf } from "./attribute-types.ts";
import { X509Error } from "./error.ts";
import type { Name, NameAttribute } from "./names.ts";

/**
 * Reads a subject as people write it.
 *
 * - `CN=www.example.test,O=Lab`: RFC 4514, most specific part first, as NSS and `getcert list` do. With it go
 *   the older `"quoted values"`, `;` between parts, blanks around `,`, `=` and `+`, `OID.2.5.4.3=`, `#hex`.
 * - `/C=DE/O=Lab/CN=www.example.test`: OpenSSL's `-subj`, least specific part first, `\` before any
 *   character.
 *
 * certmonger itself reads `-N` in the first way for a key in an NSS database; for one in a file it takes the
 * parts in the order written, and a text that it can not read for the CN (measured on certmonger 0.79.17).
 *
 * @returns the parts in the order of the encoding, least specific first
 * @throws {X509Error} `not-name`, with the column
 */
export function parseSubject(text: string): Name {
  if (text.trim() === "") return [];
  if (!text.isWellFormed()) throw new X509Error("not-name", "subject with half of a surrogate pair");
  const isSlashForm = text.startsWith("/");
  const rdns = isSlashForm ? readRdns(text, 1, slashForm) : readRdns(text, 0, commaForm);
  return isSlashForm ? rdns : rdns.reverse();
}

interface Form {
  readonly betweenParts: string;
  /** Reads the value at a position. */
  readonly readValue: (text: string, at: number, form: Form) => Found<string | Uint8Array>;
}

interface Found<T> {
  readonly value: T;
  /** Where the next thing begins. */
  readonly end: number;
}

const slashForm: Form = { betweenParts: "/", readValue: readPlainValue };
const commaForm: Form = { betweenParts: ",;", readValue: readCommaValue };

function readRdns(text: string, start: number, form: Form): NameAttribute[][] {
  let attributes: NameAttribute[] = [];
  const rdns = [attributes];
  let at = start;
  for (;;) {
    const attribute = readAttribute(text, at, form);
    attributes.push(attribute.value);
    if (attribute.end >= text.length) return rdns;
    if (text[attribute.end] !== "+") {
      attributes = [];
      rdns.push(attributes);
    }
    at = attribute.end + 1;
  }
}

function readAttribute(text: string, at: number, form: Form): Found<NameAttribute> {
  const word = /[^=,;+/"]*/y;
  word.lastIndex = at;
  const type = word.exec(text)?.[0] ?? "";
  const equals = at + type.length;
  if (text[equals] !== "=") throw notName(text, at, "TYPE=VALUE expected");
  const oid = attributeTypeOf(type.trim());
  if (oid === undefined) throw notName(text, at, "unknown attribute type");
  const { value, end } = form.readValue(text, equals + 1, form);
  return { value: { oid, value }, end };
}

function readCommaValue(text: string, start: number, form: Form): Found<string | Uint8Array> {
  const at = afterBlanks(text, start);
  if (text[at] === '"') return readQuotedValue(text, at + 1, form);
  if (text[at] === "#") return readHexValue(text, at + 1, form);
  return readPlainValue(text, at, form);
}

function readPlainValue(text: string, start: number, form: Form): Found<string> {
  const octets: number[] = [];
  let at = start;
  let lastSolid = 0;
  while (at < text.length && text[at] !== "+" && !form.betweenParts.includes(text[at] ?? "")) {
    if (text[at] === '"' && form === commaForm) throw notName(text, at, "a quote inside a value");
    const isBlank = text[at] === " ";
    at = readCharacter(text, at, octets);
    if (!isBlank) lastSolid = octets.length;
  }
  return {
    value: decoded(octets.slice(0, form === commaForm ? lastSolid : undefined), text, start),
    end: at,
  };
}

function readQuotedValue(text: string, start: number, form: Form): Found<string> {
  const octets: number[] = [];
  let at = start;
  while (text[at] !== '"') {
    if (at >= text.length) throw notName(text, start - 1, "quote without an end");
    at = readCharacter(text, at, octets);
  }
  return { value: decoded(octets, text, start), end: endOfValue(text, at + 1, form) };
}

function readHexValue(text: string, start: number, form: Form): Found<Uint8Array> {
  const hex = /(?:[0-9a-f]{2})*/iy;
  hex.lastIndex = start;
  const digits = hex.exec(text)?.[0] ?? "";
  const end = endOfValue(text, start + digits.length, form);
  const der = Buffer.from(digits, "hex");
  try {
    decodeDer(der);
  } catch (error) {
    throw notName(text, start - 1, "# without the hex of a DER value", error);
  }
  return { value: der, end };
}

/** Puts the character at `at` (escaped or not) on the list, as UTF-8; gives the position after it. */
function readCharacter(text: string, at: number, octets: number[]): number {
  if (text[at] !== "\\") {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    octets.push(...Buffer.from(character, "utf8"));
    return at + character.length;
  }
  const pair = text.slice(at + 1, at + 3);
  if (/^[0-9a-f]{2}$/i.test(pair)) {
    octets.push(Number.parseInt(pair, 16));
    return at + 3;
  }
  const escaped = text.codePointAt(at + 1);
  if (escaped === undefined) throw notName(text, at, "backslash at the end");
  const character = String.fromCodePoint(escaped);
  octets.push(...Buffer.from(character, "utf8"));
  return at + 1 + character.length;
}

function decoded(octets: readonly number[], text: string, at: number): string {
  const value = decodeUtf8(Uint8Array.from(octets));
  if (value === undefined) throw notName(text, at, "a value that is not UTF-8");
  return value;
}

/** After a value that ends by itself only blanks may come before the next separator. */
function endOfValue(text: string, at: number, form: Form): number {
  const end = afterBlanks(text, at);
  if (end < text.length && !`+${form.betweenParts}`.includes(text[end] ?? "")) {
    throw notName(text, end, '"," or "+" expected');
  }
  return end;
}

function afterBlanks(text: string, at: number): number {
  let end = at;
  while (text[end] === " ") end++;
  return end;
}

function notName(text: string, at: number, reason: string, cause?: unknown): X509Error {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return new X509Error("not-name", `subject ${shown}, column ${at + 1}: ${reason}`, { cause });
}
