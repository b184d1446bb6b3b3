import type { Csr } from "../../src/x509/csr.ts";
import {
  decodeBasicConstraints,
  decodeKeyUsage,
  type Extension,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
  extensionOid,
  type KeyUsage,
  keyIdentifierOf,
} from "../../src/x509/extensions.ts";
import type { Profile } from "./policy.ts";

const caUsages: readonly KeyUsage[] = ["keyCertSign", "cRLSign"];

/**
 * The extensions of a certificate for a CSR that the profile allows: what the CSR asks for, octet by octet, and
 * what only the CA can say (RFC 5280 section 4.2.1).
 */
export function leafExtensions(csr: Csr, profile: Profile, issuerKeyIdentifier: Uint8Array): Extension[] {
  const constraints = decodeBasicConstraints(csr.extensions);
  const isCa = constraints?.ca === true;
  const pathLength = profile.ca && Math.min(constraints?.pathLength ?? Infinity, profile.ca.pathLength);
  return [
    ...copied(csr),
    encodeBasicConstraints(isCa && pathLength !== undefined ? { ca: true, pathLength } : { ca: false }),
    ...keyUsage(csr, profile, isCa),
    ...extKeyUsage(csr, profile),
    encodeSubjectKeyIdentifier(keyIdentifierOf(csr.spkiDer)),
    encodeAuthorityKeyIdentifier(issuerKeyIdentifier),
  ];
}

const made: readonly string[] = [
  extensionOid.basicConstraints,
  extensionOid.keyUsage,
  extensionOid.extKeyUsage,
  extensionOid.subjectKeyIdentifier,
  extensionOid.authorityKeyIdentifier,
];

/** A certificate without a subject is known by its SAN alone, which must then be critical (section 4.2.1.6). */
function copied(csr: Csr): Extension[] {
  const hasSubject = csr.subject !== "";
  return csr.extensions
    .filter(({ oid }) => !made.includes(oid))
    .map((extension) =>
      extension.oid === extensionOid.subjectAltName && !hasSubject
        ? { ...extension, critical: true }
        : extension,
    );
}

/** As requested; a CA must be allowed to sign certificates; who asks for none gets what the profile lists. */
function keyUsage(csr: Csr, profile: Profile, isCa: boolean): Extension[] {
  const requested = csr.extensions.filter(({ oid }) => oid === extensionOid.keyUsage);
  if (isCa) return [encodeKeyUsage([...new Set([...(decodeKeyUsage(csr.extensions) ?? []), ...caUsages])])];
  if (requested.length > 0) return requested;
  const listed = profile.keyUsages?.filter((usage) => !caUsages.includes(usage)) ?? [];
  return listed.length > 0 ? [encodeKeyUsage(listed)] : [];
}

/** As requested; who asks for none gets what the profile lists: none would stand for every purpose. */
function extKeyUsage(csr: Csr, { extKeyUsages }: Profile): Extension[] {
  const requested = csr.extensions.filter(({ oid }) => oid === extensionOid.extKeyUsage);
  if (requested.length > 0) return requested;
  return extKeyUsages === undefined ? [] : [encodeExtKeyUsage(extKeyUsages)];
}
