import { type Asn1, type DerValue, decodeDer, encodeDer, Tag } from "./asn1.ts";
import { constructed, oid, primitive, sequence, setOf } from "./asn1-make.ts";
import { expectEnd, oidOf, partsOf } from "./asn1-read.ts";
import { directoryString, textOf } from "./asn1-text.ts";
import { attributeNameOf, ia5Types } from "./attribute-types.ts";
import { reading, X509Error } from "./error.ts";

export { decodeSubjectAltNames, encodeSubjectAltNames, type SubjectAltName } from "./subject-alt-names.ts";
export { parseSubject } from "./subject-text.ts";

/** One attribute of a name: text, or the DER of a value that is not text. */
export interface NameAttribute {
  readonly oid: string;
  readonly value: string | Uint8Array;
}

/**
 * A distinguished name in the order of its encoding, which is the opposite of its text: `CN=www,O=Lab` is
 * `O=Lab` first. A part (RDN) with more than one attribute is written with `+`.
 */
export type Name = readonly (readonly NameAttribute[])[];

/**
 * DER of a name. Text becomes PrintableString or UTF8String; e-mail address and domain component IA5String.
 *
 * @throws {X509Error} `bad-value` for a bad OID or an RDN without attributes
 */
export function encodeName(name: Name): Uint8Array {
  return encodeDer(constructed(Tag.sequence, name.map(encodeRdn)));
}

function encodeRdn(attributes: readonly NameAttribute[]): Asn1 {
  if (attributes.length === 0) throw new X509Error("bad-value", "a name's part without an attribute");
  return setOf(attributes.map((attribute) => sequence(oid(attribute.oid), encodeValue(attribute))));
}

function encodeValue(attribute: NameAttribute): Asn1 {
  const { value } = attribute;
  if (typeof value !== "string") return decodeDer(value);
  if (ia5Types.includes(attribute.oid) && /^[\x00-\x7f]*$/.test(value)) {
    return primitive(Tag.ia5String, Buffer.from(value, "latin1"));
  }
  return directoryString(value);
}

/** Reads all string types; @throws {X509Error} `not-name` */
export function decodeName(nameDer: Uint8Array): Name {
  return reading("not-name", "name", () =>
    partsOf(decodeDer(nameDer), Tag.sequence, "name").map((rdn) => {
      const attributes = partsOf(rdn, Tag.set, "RDN").map(decodeAttribute);
      if (attributes.length === 0) throw new X509Error("not-name", "RDN is empty");
      return attributes;
    }),
  );
}

function decodeAttribute(attribute: DerValue): NameAttribute {
  const [type, value, ...rest] = partsOf(attribute, Tag.sequence, "attribute");
  const attributeOid = oidOf(type, "attribute type");
  if (value === undefined) throw new X509Error("not-name", `attribute ${attributeOid} has no value`);
  expectEnd(rest, "attribute");
  return { oid: attributeOid, value: textOf(value) ?? value.der };
}

/**
 * The name as RFC 4514 writes it, most specific part first: `CN=www.example.test,O=Lab`; an empty name is an
 * empty text. Types without a short name are `OID=#hex`. One line: control characters are written `\0A`.
 *
 * @throws {X509Error} `not-name`
 */
export function formatName(nameDer: Uint8Array): string {
  const rdns = decodeName(nameDer).map((attributes) => attributes.map(formatAttribute).join("+"));
  return rdns.reverse().join(",");
}

function formatAttribute({ oid: type, value }: NameAttribute): string {
  const name = attributeNameOf(type);
  if (name !== undefined && typeof value === "string") return `${name}=${escapeText(value)}`;
  const der = typeof value === "string" ? encodeDer(directoryString(value)) : value;
  return `${name ?? type}=#${Buffer.from(der).toString("hex")}`;
}

/** Text that is written as it is; asked first, because V8 takes long over a `replace`. */
const plainText = /^[\w.@*-]([\w.@* -]*[\w.@*-])?$/;

function escapeText(text: string): string {
  if (plainText.test(text)) return text;
  return text
    .replace(/[,+"\\<>;]|^[ #]| $/g, "\\$&")
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) =>
      Buffer.from(character, "utf8").toString("hex").toUpperCase().replace(/../g, "\\$&"),
    );
}
