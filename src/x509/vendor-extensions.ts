import { type Asn1, decodeDer, encodeDer, Tag } from "./asn1.ts";
import { bitString, nullValue, oid, primitive, sequence } from "./asn1-make.ts";
import { contentOf } from "./asn1-read.ts";
import { bmpString, textOf } from "./asn1-text.ts";
import { reading } from "./error.ts";
import { type Extension, findExtension } from "./extensions.ts";

// Extensions of single vendors, which CAs know all the same: Microsoft's and Netscape's. And one of OCSP's.

const oids = {
  templateName: "1.3.6.1.4.1.311.20.2",
  certificateTemplate: "1.3.6.1.4.1.311.21.7",
  netscapeComment: "2.16.840.1.113730.1.13",
  netscapeCertType: "2.16.840.1.113730.1.1",
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
} as const;

const extension = (name: keyof typeof oids, value: Asn1): Extension => ({
  oid: oids[name],
  critical: false,
  valueDer: encodeDer(value),
});

/** Microsoft's name of a template: what certmonger asks for with `-T`. */
export const encodeTemplateName = (name: string): Extension => extension("templateName", bmpString(name));

/** Undefined also for a value that is no text. @throws {X509Error} `not-extension` for a value that is no DER */
export function decodeTemplateName(extensions: readonly Extension[]): string | undefined {
  const found = findExtension(extensions, oids.templateName);
  return found && reading("not-extension", "template name", () => textOf(decodeDer(found.valueDer)));
}

/** Microsoft's version 2 template. */
export interface CertificateTemplate {
  readonly oid: string;
  /** Whole numbers in decimal, as large as they like. */
  readonly major: string;
  readonly minor?: string | undefined;
}

export function encodeCertificateTemplate({ oid: id, major, minor }: CertificateTemplate): Extension {
  const versions = [major, ...(minor === undefined ? [] : [minor])].map(integer);
  return extension("certificateTemplate", sequence(oid(id), ...versions));
}

/** Two's complement in as few octets as can be. */
function integer(text: string): Asn1 {
  const value = BigInt(text);
  let octets = 1;
  while (value !== BigInt.asIntN(8 * octets, value)) octets++;
  const hex = BigInt.asUintN(8 * octets, value).toString(16);
  return primitive(Tag.integer, Buffer.from(hex.padStart(2 * octets, "0"), "hex"));
}

export const encodeNetscapeComment = (text: string): Extension =>
  extension("netscapeComment", primitive(Tag.ia5String, Buffer.from(text)));

/** @throws {X509Error} `not-extension` */
export function decodeNetscapeComment(extensions: readonly Extension[]): string | undefined {
  const found = findExtension(extensions, oids.netscapeComment);
  if (found === undefined) return undefined;
  return reading("not-extension", "Netscape comment", () =>
    Buffer.from(contentOf(decodeDer(found.valueDer), Tag.ia5String, "value")).toString("utf8"),
  );
}

/** Names of the bits, bit 0 first. */
const netscapeTypes = [
  "client",
  "server",
  "email",
  "objsign",
  "reserved",
  "sslCA",
  "emailCA",
  "objCA",
] as const;

/** Undefined when none of the names, in any letter case, is one. */
export function encodeNetscapeCertType(names: readonly string[]): Extension | undefined {
  const wanted = names.map((name) => name.toLowerCase());
  const bits = netscapeTypes.reduce(
    (sum, name, bit) => (wanted.includes(name.toLowerCase()) ? sum | (0x80 >> bit) : sum),
    0,
  );
  const unused = Math.log2(bits & -bits);
  return bits === 0 ? undefined : extension("netscapeCertType", bitString(Uint8Array.of(bits), unused));
}

/** @throws {X509Error} `not-extension` */
export function decodeNetscapeCertType(extensions: readonly Extension[]): string[] | undefined {
  const found = findExtension(extensions, oids.netscapeCertType);
  if (found === undefined) return undefined;
  return reading("not-extension", "Netscape certificate type", () => {
    const [, bits = 0] = contentOf(decodeDer(found.valueDer), Tag.bitString, "value");
    return netscapeTypes.filter((_, bit) => (bits & (0x80 >> bit)) !== 0);
  });
}

/** For the certificate of an OCSP responder (RFC 6960 section 4.2.2.2.1). */
export const encodeOcspNoCheck = (): Extension => extension("ocspNoCheck", nullValue());
export const hasOcspNoCheck = (extensions: readonly Extension[]): boolean =>
  findExtension(extensions, oids.ocspNoCheck) !== undefined;
