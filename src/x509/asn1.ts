import { X509Error } from "./error.ts";

/** One ASN.1 value: either with content, or with parts (SEQUENCE, SET, `[0]` …). */
export interface Asn1 {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly content: Uint8Array;
  readonly parts: readonly Asn1[];
}

/** A value that was read, with the octets it was read from: signed bytes are cut out of a CSR that way. */
export interface DerValue extends Asn1 {
  readonly parts: readonly DerValue[];
  readonly der: Uint8Array;
}

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  generalString: 0x1b,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const constructedBit = 0x20;
const contextClass = 0x80;
const highTagNumber = 0x1f;

/** `[number]` around other values: EXPLICIT, or IMPLICIT of a constructed type. */
export const constructedTag = (number: number): number => contextClass | constructedBit | number;
/** `[number]` IMPLICIT of a primitive type. */
export const primitiveTag = (number: number): number => contextClass | number;

/** The deepest thing that X.509 needs has ten levels, and we read recursively. */
const maximumDepth = 32;
export const maximumBytes = 2 * 1024 * 1024;
const none: readonly DerValue[] = [];
const empty = new Uint8Array(0);

/**
 * Reads DER (X.690 section 10), all of it. Nothing is copied: the octets must not change afterwards.
 *
 * Strict, because what it takes `encodeDer` must turn into the same octets again. Own code and not
 * node-forge's, which reads BER (`ber.ts` has it): loading that and copying in and out of its strings took
 * four of the ten milliseconds in which a cold process signs a certificate.
 *
 * @throws {X509Error} `not-der`, with the offset: no ASN.1, octets left over, BER that is not DER, deeper
 * than 32 levels, larger than 2 MiB, or tag numbers above 30
 */
export function decodeDer(der: Uint8Array): DerValue {
  if (der.length > maximumBytes) throw new X509Error("not-der", `larger than ${maximumBytes} bytes`);
  if (der.length === 0) throw new X509Error("not-der", "no bytes");
  // A plain view: `subarray` of a Buffer is JavaScript of Node's, which V8 then compiles for speed, 1 ms and 2 MiB.
  const bytes = new Uint8Array(der.buffer, der.byteOffset, der.length);
  const value = readValue(bytes, 0, der.length, 1);
  const left = der.length - value.der.length;
  if (left > 0) throw new X509Error("not-der", `bytes after its end: ${left}`);
  return value;
}

/**
 * Tag and content of what is DER already; nothing inside of it is looked at.
 *
 * @throws {X509Error} `not-der` when it is not exactly one value
 */
export function openDer(der: Uint8Array): { readonly tag: number; readonly content: Uint8Array } {
  const { length, contentStart } = readLength(der, 1, der.length);
  const left = der.length - contentStart - length;
  if (left !== 0) throw notDer(0, `bytes ${left < 0 ? "missing" : "after its end"}: ${Math.abs(left)}`);
  return { tag: der[0] ?? 0, content: der.subarray(contentStart) };
}

/** The value that begins at `start` and ends before `limit`. */
function readValue(bytes: Uint8Array, start: number, limit: number, depth: number): DerValue {
  if (depth > maximumDepth) throw notDer(start, `more than ${maximumDepth} levels deep`);
  const tag = bytes[start] ?? 0;
  if ((tag & highTagNumber) === highTagNumber) throw notDer(start, "a tag number above 30");
  const { length, contentStart } = readLength(bytes, start + 1, limit);
  const end = contentStart + length;
  if (end > limit) throw notDer(start, `bytes missing: ${end - limit}`);
  const der = bytes.subarray(start, end);
  if (!(tag & constructedBit)) {
    const value = { tag, content: bytes.subarray(contentStart, end), parts: none, der };
    if (!isCanonical(value)) throw notDer(start, `${tagName(tag)} that is not DER`);
    return value;
  }
  const parts: DerValue[] = [];
  for (let at = contentStart; at < end; ) {
    const part = readValue(bytes, at, end, depth + 1);
    parts.push(part);
    at += part.der.length;
  }
  return { tag, content: empty, parts, der };
}

/** The length octets at `start`: in DER definite, and as few as can be (X.690 section 10.1). */
function readLength(
  bytes: Uint8Array,
  start: number,
  limit: number,
): { length: number; contentStart: number } {
  const first = bytes[start];
  if (first === undefined || start >= limit) throw notDer(start, "the length is missing");
  if (first < 0x80) return { length: first, contentStart: start + 1 };
  const contentStart = start + 1 + (first & 0x7f);
  if (first > 0x84 || contentStart > limit) throw notDer(start, "not a length");
  let length = 0;
  for (let at = start + 1; at < contentStart; at++) length = length * 256 + (bytes[at] ?? 0);
  if (length < 0x80 || bytes[start + 1] === 0) throw notDer(start, "BER, but not DER");
  return { length, contentStart };
}

const notDer = (offset: number, reason: string): X509Error =>
  new X509Error("not-der", `at byte ${offset}: ${reason}`);

/** @throws {X509Error} `not-der` for an INTEGER or BOOLEAN that DER writes differently */
export function encodeDer(value: Asn1): Uint8Array {
  const pieces: Uint8Array[] = [];
  const length = addPieces(value, pieces);
  return Buffer.concat(pieces, length);
}

/** Adds header and content to the list; gives how many octets these are. */
function addPieces(value: Asn1, pieces: Uint8Array[]): number {
  if (!isCanonical(value)) throw new X509Error("not-der", `${tagName(value.tag)} that is not DER`);
  const headerAt = pieces.push(empty) - 1;
  let length = value.content.length;
  if (length > 0) pieces.push(value.content);
  for (const part of value.parts) length += addPieces(part, pieces);
  const header = Uint8Array.of(value.tag, ...encodeLength(length));
  pieces[headerAt] = header;
  return header.length + length;
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function isCanonical({ tag, content }: Asn1): boolean {
  const first = content[0] ?? 0;
  const second = content[1] ?? 0;
  if (tag === Tag.boolean) return content.length === 1 && (first === 0 || first === 0xff);
  if (tag !== Tag.integer && tag !== Tag.enumerated) return true;
  if (content.length <= 1) return content.length === 1;
  return !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}

/** How messages call a tag. */
export function tagName(tag: number): string {
  const known = Object.entries(Tag).find(([, number]) => number === tag);
  if (known !== undefined) return known[0];
  return `${(tag & 0xc0) === contextClass ? "" : `class ${tag >> 6} `}[${tag & 0x1f}]`;
}
