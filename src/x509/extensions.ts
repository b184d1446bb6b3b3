import { X509Error } from "./error.ts";
import type { SubjectAltName } from "./subject-alt-names.ts";

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

export type KeyUsage =
  | "digitalSignature"
  | "nonRepudiation"
  | "keyEncipherment"
  | "dataEncipherment"
  | "keyAgreement"
  | "keyCertSign"
  | "cRLSign"
  | "encipherOnly"
  | "decipherOnly";

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength?: number;
}

/** The extension with this OID. */
export function findExtension(extensions: readonly Extension[], oid: string): Extension | undefined {
  return extensions.find((extension) => extension.oid === oid);
}

const todo = (...given: unknown[]): never => {
  throw new X509Error("bad-value", `todo ${given.length}`);
};

// Each encoder gives the whole extension; each decoder looks it up in a list and gives undefined when it is absent.
export const encodeBasicConstraints = (value: BasicConstraints): Extension => todo(value);
export const decodeBasicConstraints = (extensions: readonly Extension[]): BasicConstraints | undefined =>
  todo(extensions);
export const encodeKeyUsage = (usages: readonly KeyUsage[]): Extension => todo(usages);
export const decodeKeyUsage = (extensions: readonly Extension[]): KeyUsage[] | undefined => todo(extensions);
/** Purposes are OIDs, see `keyPurpose`. */
export const encodeExtKeyUsage = (purposes: readonly string[]): Extension => todo(purposes);
export const decodeExtKeyUsage = (extensions: readonly Extension[]): string[] | undefined => todo(extensions);
export const encodeSubjectKeyIdentifier = (keyIdentifier: Uint8Array): Extension => todo(keyIdentifier);
export const decodeSubjectKeyIdentifier = (extensions: readonly Extension[]): Uint8Array | undefined =>
  todo(extensions);
export const encodeAuthorityKeyIdentifier = (keyIdentifier: Uint8Array): Extension => todo(keyIdentifier);
export const decodeAuthorityKeyIdentifier = (extensions: readonly Extension[]): Uint8Array | undefined =>
  todo(extensions);
export const encodeSubjectAltNameExtension = (
  names: readonly SubjectAltName[],
  critical = false,
): Extension => todo(names, critical);
export const decodeSubjectAltNameExtension = (
  extensions: readonly Extension[],
): SubjectAltName[] | undefined => todo(extensions);

/** SHA-1 of the key bits (RFC 5280 section 4.2.1.2, method 1). */
export const keyIdentifierOf = (spkiDer: Uint8Array): Uint8Array => todo(spkiDer);

export const keyPurpose = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;
