import { type NamedCertificate, splitPem } from "../../protocol/index.ts";
import type { FieldKind, FieldTable, RecordOf } from "./fields.ts";

/** A key that is not in the table, or a value that is not of its kind: kept, and written back as it was. */
export type UnknownLine = readonly [key: string, value: string];

export interface StoredFile<T extends FieldTable> {
  readonly values: RecordOf<T>;
  readonly unknown: readonly UnknownLine[];
}

/** Keys of older versions of certmonger. */
const formerNames: Readonly<Record<string, string>> = {
  cert_issued: "cert_not_before",
  cert_expiration: "cert_not_after",
  ca_profile: "template_profile",
  challenge_password: "template_challenge_password",
};

/**
 * Reads a file of requests/ or cas/.
 *
 * `key=value`, keys in any letter case; lines that start with one blank go on with the value. A value of several
 * lines keeps its line ends, a value of one line has none. `#` and `;` begin comments.
 *
 * @see certmonger 0.79.21 src/store-files.c, cm_store_file_read_lines
 */
export function decodeStoredFile<T extends FieldTable>(table: T, text: string): StoredFile<T> {
  const values: Record<string, unknown> = {};
  const unknown: UnknownLine[] = [];
  for (const [name, value] of readEntries(text)) {
    const lowerCase = name.toLowerCase();
    const key = formerNames[lowerCase] ?? lowerCase;
    const kind = Object.hasOwn(table, key) ? table[key] : undefined;
    const decoded = kind === undefined ? undefined : decoders[kind](value);
    if (decoded === undefined) unknown.push([name, value]);
    else values[key] = decoded;
  }
  // Each key got a value of the kind that the table says, which the compiler can not follow.
  return { values: values as RecordOf<T>, unknown };
}

/** Writes a file of requests/ or cas/: the keys in the order of the table, then the unknown ones. */
export function encodeStoredFile(
  table: FieldTable,
  { values, unknown }: { readonly values: object; readonly unknown: readonly UnknownLine[] },
): string {
  const given = new Map<string, unknown>(Object.entries(values));
  const lines = Object.entries(table).flatMap(([key, kind]) => {
    const value = encodeValue(kind, given.get(key));
    return value === undefined || value === "" ? [] : [encodeEntry(key, value)];
  });
  return [...lines, ...unknown.map(([key, value]) => encodeEntry(key, value))].join("");
}

function readEntries(text: string): [string, string][] {
  const entries: { name: string; lines: string[] }[] = [];
  for (const raw of text.split("\n")) {
    if (raw.startsWith(" ")) {
      entries.at(-1)?.lines.push(raw.slice(1));
      continue;
    }
    if (raw.startsWith("#") || raw.startsWith(";")) continue;
    const line = raw.startsWith("=") ? raw.slice(1) : raw;
    const equals = line.indexOf("=");
    if (equals > 0) entries.push({ name: line.slice(0, equals), lines: [line.slice(equals + 1)] });
  }
  return entries.map(({ name, lines }) => [
    name,
    lines.length === 1 ? (lines[0] ?? "") : `${lines.join("\n")}\n`,
  ]);
}

function encodeEntry(key: string, value: string): string {
  const text = value.endsWith("\n") ? value.slice(0, -1) : value;
  return `${key}=${text.split("\n").join("\n ")}\n`;
}

/** `undefined` for text that is no value of the kind. */
const decoders: { readonly [Kind in FieldKind]: (text: string) => unknown } = {
  text: (text) => text,
  list: decodeItems,
  "base64-list": (text) => decodeItems(text).map((item) => Buffer.from(item, "base64").toString("utf8")),
  time: decodeTime,
  flag: (text) => (/^\d+$/.test(text) ? Number(text) !== 0 : undefined),
  number: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
  octal: (text) => (/^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined),
  certificates: decodeCertificates,
};

function encodeValue(kind: FieldKind, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  switch (kind) {
    case "text":
      return String(value);
    case "list":
      return items(value).map(escapeItem).join(",");
    case "base64-list":
      return items(value)
        .map((item) => Buffer.from(item).toString("base64"))
        .join(",");
    case "time":
      return value instanceof Date ? encodeTime(value) : undefined;
    case "flag":
      return value ? "1" : "0";
    case "number":
      return String(value);
    case "octal":
      return Number(value).toString(8);
    case "certificates":
      return encodeCertificates(Array.isArray(value) ? value : []);
  }
}

const items = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const escapeItem = (item: string): string => item.replace(/[\\,]/g, "\\$&");

function decodeItems(text: string): string[] {
  if (text === "") return [];
  const found = [""];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === ",") found.push("");
    else found.push(found.pop() + (character === "\\" ? (text[++at] ?? "") : character));
  }
  return found;
}

/** `YYYYMMDDHHMMSS` in UTC. */
export function encodeTime(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[-:T]/g, "");
}

function decodeTime(text: string): Date | undefined {
  const parts = /^(\d{4,})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, ...rest] = parts.slice(1).map(Number);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function encodeCertificates(certificates: readonly NamedCertificate[]): string {
  return certificates.map(({ nickname, certificate }) => `${nickname}\n${certificate.trimEnd()}\n`).join("");
}

/** A line with the nickname, then the lines of the PEM, again and again. */
function decodeCertificates(text: string): NamedCertificate[] {
  const found: NamedCertificate[] = [];
  let rest = text;
  for (const block of splitPem(text)) {
    const at = rest.indexOf("-----BEGIN ");
    const nickname = rest.slice(0, at).split("\n").filter(Boolean).at(-1) ?? "";
    found.push({ nickname, certificate: block.text });
    rest = rest.slice(rest.indexOf("-----END ", at));
    rest = rest.slice(rest.indexOf("\n") + 1);
  }
  return found;
}
