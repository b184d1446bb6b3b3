/**
 * DER: reading through node-forge, writing here.
 *
 * Only `fromDer` of forge is used. Its writer strips a leading zero octet from every value with tag number 2,
 * whatever the class, and its OIDs end at 32 bits (`oid.ts` has ours); either would change other people's bytes.
 */
import forge, { type ForgeAsn1 } from "node-forge/lib/asn1.js";
import { X509Error } from "./error.ts";

/** One ASN.1 value. A constructed one (SEQUENCE, SET, `[0]` …) has parts, a primitive one content. */
export interface Asn1 {
  /** Identifier octet: class, constructed bit and number, as `openssl asn1parse` would decode them. */
  readonly tag: number;
  readonly content: Uint8Array;
  readonly parts: readonly Asn1[];
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

/** `[number]` around other values: EXPLICIT, or IMPLICIT of a constructed type. */
export const constructedTag = (number: number): number => contextClass | constructedBit | number;
/** `[number]` IMPLICIT of a primitive type. */
export const primitiveTag = (number: number): number => contextClass | number;

/** The deepest thing that X.509 needs has ten levels; forge reads recursively. */
const maximumDepth = 32;
const maximumBytes = 2 * 1024 * 1024;
const empty = new Uint8Array(0);

/**
 * Reads DER, all of it.
 *
 * What this gives, `encodeDer` turns into the same octets again, and so it does with each part: signed bytes
 * are cut out of a CSR that way.
 *
 * @throws {X509Error} `not-der`: no ASN.1, octets left over, BER that is not DER, deeper than 32 levels,
 * larger than 2 MiB, or tag numbers above 30
 */
export function decodeDer(der: Uint8Array): Asn1 {
  const value = read(der, { parseAllBytes: false });
  const again = encodeDer(value);
  if (Buffer.compare(again, der) === 0) return value;
  const isPrefix = Buffer.compare(again, der.subarray(0, again.length)) === 0;
  const reason = isPrefix ? `${der.length - again.length} bytes after its end` : "BER, but not DER";
  throw new X509Error("not-der", reason);
}

/** Like `decodeDer`, but takes any BER, indefinite lengths above all. */
export function decodeBer(ber: Uint8Array): Asn1 {
  return read(ber, { parseAllBytes: true });
}

function read(ber: Uint8Array, { parseAllBytes }: { parseAllBytes: boolean }): Asn1 {
  if (ber.length > maximumBytes) throw new X509Error("not-der", `larger than ${maximumBytes} bytes`);
  const bytes = Buffer.from(ber.buffer, ber.byteOffset, ber.length).toString("latin1");
  try {
    return fromForge(
      forge.fromDer(bytes, {
        strict: true,
        parseAllBytes,
        decodeBitStrings: false,
        maxDepth: maximumDepth,
      }),
    );
  } catch (error) {
    if (error instanceof X509Error) throw error;
    throw new X509Error("not-der", "not one complete ASN.1 value, or one that is too deep", { cause: error });
  }
}

function fromForge(node: ForgeAsn1): Asn1 {
  if (node.type === 0x1f) throw new X509Error("not-der", "tag numbers above 30 are not supported");
  const tag = node.tagClass | (node.constructed ? constructedBit : 0) | node.type;
  if (typeof node.value !== "string") return { tag, content: empty, parts: node.value.map(fromForge) };
  // forge makes UTF-16 units of every value with tag number 30.
  const content =
    node.type === Tag.bmpString
      ? Buffer.from(node.value, "utf16le").swap16()
      : Buffer.from(node.value, "latin1");
  return { tag, content, parts: [] };
}

/** @throws {X509Error} `not-der` for an INTEGER or BOOLEAN that DER writes differently */
export function encodeDer(value: Asn1): Uint8Array {
  if (!isCanonical(value)) throw new X509Error("not-der", `${tagName(value.tag)} that is not DER`);
  const content = value.tag & constructedBit ? Buffer.concat(value.parts.map(encodeDer)) : value.content;
  return Buffer.concat([Buffer.from([value.tag, ...encodeLength(content.length)]), content]);
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function isCanonical({ tag, content }: Asn1): boolean {
  const [first = 0, second = 0] = content;
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
