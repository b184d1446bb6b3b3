import { type DerValue, Tag, tagName } from "./asn1.ts";
import { X509Error } from "./error.ts";
import { decodeOid } from "./oid.ts";

// Readers of decoded values: each checks the tag, and names in its error the place (`subject`) it was told.

/** The parts of a constructed value with that tag; @throws {X509Error} `not-der` */
export function partsOf(value: DerValue | undefined, tag: number, where: string): readonly DerValue[] {
  return withTag(value, tag, where).parts;
}

/** The content of a primitive value with that tag; @throws {X509Error} `not-der` */
export function contentOf(value: DerValue | undefined, tag: number, where: string): Uint8Array {
  return withTag(value, tag, where).content;
}

/** The octets of a value with that tag, header included; @throws {X509Error} `not-der` */
export function partDer(value: DerValue | undefined, tag: number, where: string): Uint8Array {
  return withTag(value, tag, where).der;
}

export function oidOf(value: DerValue | undefined, where: string): string {
  return decodeOid(contentOf(value, Tag.oid, where));
}

/** A BIT STRING of whole octets, such as a key or a signature. */
export function bytesOfBitString(value: DerValue | undefined, where: string): Uint8Array {
  const content = contentOf(value, Tag.bitString, where);
  if (content[0] !== 0) throw new X509Error("not-der", `${where} is not a BIT STRING of whole octets`);
  return content.subarray(1);
}

/** A non-negative INTEGER below 2³¹. */
export function smallIntegerOf(value: DerValue | undefined, where: string): number {
  const content = contentOf(value, Tag.integer, where);
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0) >= 0x80) {
    throw new X509Error("not-der", `${where} is not a small number`);
  }
  return content.reduce((number, octet) => number * 256 + octet, 0);
}

function withTag(value: DerValue | undefined, tag: number, where: string): DerValue {
  if (value === undefined) throw new X509Error("not-der", `${where} is missing`);
  if (value.tag === tag) return value;
  throw new X509Error("not-der", `${where} is ${tagName(value.tag)}, not ${tagName(tag)}`);
}

/** @throws {X509Error} `not-der` when more parts follow than the type has */
export function expectEnd(rest: readonly DerValue[], where: string): void {
  if (rest.length > 0) throw new X509Error("not-der", `${where} has more parts than it should`);
}
