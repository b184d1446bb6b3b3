import { type Asn1, Tag } from "./asn1.ts";
import { primitive } from "./asn1-make.ts";
import { X509Error } from "./error.ts";

/** The characters of PrintableString (X.680 section 41.4). */
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

export const isPrintable = (text: string): boolean => printable.test(text);

/** PrintableString where its few characters do, UTF8String otherwise (RFC 5280 section 4.1.2.4). */
export function directoryString(text: string): Asn1 {
  return isPrintable(text) ? primitive(Tag.printableString, Buffer.from(text, "latin1")) : utf8String(text);
}

export function utf8String(text: string): Asn1 {
  if (!text.isWellFormed()) throw new X509Error("bad-value", "text with half of a surrogate pair");
  return primitive(Tag.utf8String, Buffer.from(text, "utf8"));
}

/** UTF-16, most significant octet first: what PKCS#9's friendlyName wants. */
export const bmpString = (text: string): Asn1 =>
  primitive(Tag.bmpString, Buffer.from(text, "utf16le").swap16());

/**
 * The text of a value of any string type; undefined when it is no string, or not well-formed.
 *
 * TeletexString is read as Latin-1, as OpenSSL and NSS do: nobody writes T.61.
 */
export function textOf(value: Asn1 | undefined): string | undefined {
  if (value === undefined) return undefined;
  const { content } = value;
  const bytes = Buffer.from(content);
  switch (value.tag) {
    case Tag.utf8String:
      return decodeUtf8(content);
    case Tag.printableString:
    case Tag.ia5String:
    case Tag.numericString:
    case Tag.visibleString:
    case Tag.teletexString:
      return bytes.toString("latin1");
    case Tag.bmpString: {
      if (bytes.length % 2 !== 0) return undefined;
      const text = bytes.swap16().toString("utf16le");
      return text.isWellFormed() ? text : undefined;
    }
    case Tag.universalString:
      return decodeUtf32(bytes);
    default:
      return undefined;
  }
}

/** Undefined when the octets are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  // A replacement character that was not in the octets changes them.
  return Buffer.compare(Buffer.from(text, "utf8"), bytes) === 0 ? text : undefined;
}

function decodeUtf32(bytes: Buffer): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const characters: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const codePoint = bytes.readUInt32BE(at);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return undefined;
    characters.push(String.fromCodePoint(codePoint));
  }
  return characters.join("");
}
