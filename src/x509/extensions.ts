import { hash } from "node:crypto";
import { type Asn1, type DerValue, decodeDer, encodeDer, primitiveTag, Tag } from "./asn1.ts";
import { bitString, octetString, oid, primitive, sequence, smallInteger, trueValue } from "./asn1-make.ts";
import { bytesOfBitString, contentOf, expectEnd, oidOf, partsOf, smallIntegerOf } from "./asn1-read.ts";
import { reading, X509Error } from "./error.ts";
import { decodeSubjectAltNames, encodeSubjectAltNames, type SubjectAltName } from "./subject-alt-names.ts";

/** An extension of a certificate, or one that a CSR asks for (RFC 5280 section 4.2). */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's own type, without the OCTET STRING around it. */
  readonly valueDer: Uint8Array;
}

export const extensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
} as const;

/** Names of the bits of keyUsage, bit 0 first (RFC 5280 section 4.2.1.3). */
export const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** OIDs for extKeyUsage (RFC 5280 section 4.2.1.12, RFC 4556). */
export const keyPurpose = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  kerberosClientAuth: "1.3.6.1.5.2.3.4",
  kerberosKdc: "1.3.6.1.5.2.3.5",
} as const;

export interface BasicConstraints {
  readonly ca: boolean;
  /** How many CAs may follow below this one. */
  readonly pathLength?: number;
}

// Encoders give the whole extension, with the criticality that RFC 5280 asks for. Decoders look it up in a
// list, give undefined when it is absent, and throw X509Error `not-extension` when it is not what its OID
// says.

export function encodeBasicConstraints({ ca, pathLength }: BasicConstraints): Extension {
  const parts = ca ? [trueValue(), ...(pathLength === undefined ? [] : [smallInteger(pathLength)])] : [];
  return extension("basicConstraints", true, sequence(...parts));
}

export function decodeBasicConstraints(extensions: readonly Extension[]): BasicConstraints | undefined {
  return decodeWith(extensions, "basicConstraints", (value) => {
    const parts = partsOf(value, Tag.sequence, "value");
    const [first] = parts;
    const ca = first?.tag === Tag.boolean && first.content[0] !== 0;
    const [length, ...rest] = first?.tag === Tag.boolean ? parts.slice(1) : parts;
    expectEnd(rest, "value");
    return length === undefined ? { ca } : { ca, pathLength: smallIntegerOf(length, "path length") };
  });
}

/** @throws {X509Error} `bad-value` without a usage: RFC 5280 wants at least one */
export function encodeKeyUsage(usages: readonly KeyUsage[]): Extension {
  const last = Math.max(...usages.map((usage) => keyUsages.indexOf(usage)));
  if (last < 0) throw new X509Error("bad-value", "keyUsage without a usage");
  const octets = new Uint8Array(Math.floor(last / 8) + 1);
  for (const usage of usages) {
    const bit = keyUsages.indexOf(usage);
    octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  return extension("keyUsage", true, bitString(octets, 7 - (last & 7)));
}

export function decodeKeyUsage(extensions: readonly Extension[]): KeyUsage[] | undefined {
  return decodeWith(extensions, "keyUsage", (value) => {
    const octets = contentOf(value, Tag.bitString, "value").subarray(1);
    return keyUsages.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
  });
}

/** Purposes are OIDs, see `keyPurpose`. */
export function encodeExtKeyUsage(purposes: readonly string[]): Extension {
  if (purposes.length === 0) throw new X509Error("bad-value", "extKeyUsage without a purpose");
  return extension("extKeyUsage", false, sequence(...purposes.map(oid)));
}

export function decodeExtKeyUsage(extensions: readonly Extension[]): string[] | undefined {
  return decodeWith(extensions, "extKeyUsage", (value) =>
    partsOf(value, Tag.sequence, "value").map((purpose) => oidOf(purpose, "purpose")),
  );
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Extension {
  return extension("subjectKeyIdentifier", false, octetString(keyIdentifier));
}

export function decodeSubjectKeyIdentifier(extensions: readonly Extension[]): Uint8Array | undefined {
  return decodeWith(extensions, "subjectKeyIdentifier", (value) =>
    contentOf(value, Tag.octetString, "value"),
  );
}

/** With the key identifier alone, as RFC 5280 section 4.2.1.1 recommends. */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Extension {
  return extension("authorityKeyIdentifier", false, sequence(primitive(primitiveTag(0), keyIdentifier)));
}

/** The issuer's key identifier; undefined also when the extension names the issuer in another way. */
export function decodeAuthorityKeyIdentifier(extensions: readonly Extension[]): Uint8Array | undefined {
  return decodeWith(
    extensions,
    "authorityKeyIdentifier",
    (value) => partsOf(value, Tag.sequence, "value").find(({ tag }) => tag === primitiveTag(0))?.content,
  );
}

/** Critical when the subject is empty (RFC 5280 section 4.2.1.6): that is for the caller to say. */
export function encodeSubjectAltNameExtension(names: readonly SubjectAltName[], critical = false): Extension {
  return { oid: extensionOid.subjectAltName, critical, valueDer: encodeSubjectAltNames(names) };
}

export function decodeSubjectAltNameExtension(
  extensions: readonly Extension[],
): SubjectAltName[] | undefined {
  const found = findExtension(extensions, extensionOid.subjectAltName);
  return found && decodeSubjectAltNames(found.valueDer);
}

export function findExtension(extensions: readonly Extension[], wanted: string): Extension | undefined {
  return extensions.find((entry) => entry.oid === wanted);
}

/** The identifier of a key: SHA-1 of its bits (RFC 5280 section 4.2.1.2, method 1). */
export function keyIdentifierOf(spkiDer: Uint8Array): Uint8Array {
  const [, bits] = partsOf(decodeDer(spkiDer), Tag.sequence, "key");
  return hash("sha1", bytesOfBitString(bits, "key"), "buffer");
}

function extension(name: keyof typeof extensionOid, critical: boolean, value: Asn1): Extension {
  return { oid: extensionOid[name], critical, valueDer: encodeDer(value) };
}

function decodeWith<T>(
  extensions: readonly Extension[],
  name: keyof typeof extensionOid,
  read: (value: DerValue) => T,
): T | undefined {
  const found = findExtension(extensions, extensionOid[name]);
  return found && reading("not-extension", name, () => read(decodeDer(found.valueDer)));
}
