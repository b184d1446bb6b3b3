import { type Asn1, encodeDer, openDer, Tag } from "./asn1.ts";
import { encodeOid } from "./oid.ts";

// Makers of ASN.1 values; `encodeDer` turns them into octets.

const empty = new Uint8Array(0);

export const primitive = (tag: number, content: Uint8Array): Asn1 => ({ tag, content, parts: [] });
export const constructed = (tag: number, parts: readonly Asn1[]): Asn1 => ({ tag, content: empty, parts });

/** A value that is DER already, such as a key or a name from elsewhere; @throws {X509Error} `not-der` */
export function embedded(der: Uint8Array): Asn1 {
  const { tag, content } = openDer(der);
  return primitive(tag, content);
}

export const sequence = (...parts: Asn1[]): Asn1 => constructed(Tag.sequence, parts);
export const setOf = (parts: readonly Asn1[]): Asn1 => constructed(Tag.set, inDerOrder(parts));
export const oid = (text: string): Asn1 => primitive(Tag.oid, encodeOid(text));
export const octetString = (content: Uint8Array): Asn1 => primitive(Tag.octetString, content);
export const nullValue = (): Asn1 => primitive(Tag.null, empty);
export const trueValue = (): Asn1 => primitive(Tag.boolean, Uint8Array.of(0xff));

/** BIT STRING of whole octets, or with `unusedBits` (0–7) at the end of the last one. */
export const bitString = (bits: Uint8Array, unusedBits = 0): Asn1 =>
  primitive(Tag.bitString, Buffer.concat([Uint8Array.of(unusedBits), bits]));

/** INTEGER from an unsigned big-endian magnitude. */
export function unsignedInteger(magnitude: Uint8Array): Asn1 {
  const firstNonZero = magnitude.findIndex((octet) => octet !== 0);
  const digits = firstNonZero < 0 ? Uint8Array.of(0) : magnitude.subarray(firstNonZero);
  const needsSign = (digits[0] ?? 0) >= 0x80;
  return primitive(Tag.integer, needsSign ? Buffer.concat([Uint8Array.of(0), digits]) : digits);
}

export const smallInteger = (value: number): Asn1 =>
  unsignedInteger(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));

/** DER wants the parts of a SET OF in the order of their encodings (X.690 section 11.6). */
export function inDerOrder(parts: readonly Asn1[]): Asn1[] {
  const encoded = parts.map((part) => ({ part, der: encodeDer(part) }));
  return encoded.sort((a, b) => Buffer.compare(a.der, b.der)).map(({ part }) => part);
}
