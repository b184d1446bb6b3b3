import { encodeDer, Tag } from "../x509/asn1.ts";
import { bitString, embedded, primitive, sequence } from "../x509/asn1-make.ts";
import { bmpString } from "../x509/asn1-text.ts";
import { createCsr } from "../x509/csr.ts";
import {
  type Extension,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  encodeSubjectAltNameExtension,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
  keyPurpose,
  keyUsages,
} from "../x509/extensions.ts";
import { type KeyPair, signDer, spkiDer } from "../x509/keys.ts";
import { encodeName, type Name, parseSubject, type SubjectAltName } from "../x509/names.ts";
import { templateNameOid } from "./certificate-fields.ts";
import type { RequestRecord } from "./fields.ts";

/** The CSR of a request and its SPKAC, made with the key that the next certificate is for. */
export interface SigningRequest {
  /** PEM. */
  readonly csr: string;
  /** SignedPublicKeyAndChallenge (Netscape's `keygen`), base64 on one line. */
  readonly spkac: string;
}

/**
 * Makes what a helper hands to its CA.
 *
 * @throws {X509Error} for a subject or a name that can not be encoded
 * @see certmonger 0.79.21 src/csrgen-o.c, src/certext.c
 */
export function makeSigningRequest(
  record: RequestRecord,
  keyPair: KeyPair,
  challengePassword: string | undefined,
): SigningRequest {
  const csr = createCsr({
    subject: subjectOf(record),
    keyPair,
    extensions: extensionsOf(record, keyPair),
    friendlyName: record.id,
    ...(challengePassword !== undefined && { challengePassword }),
  });
  return { csr, spkac: makeSpkac(keyPair, challengePassword ?? "") };
}

/**
 * The subject's DER. Text for a key in a file has its parts in the order of the encoding, for one in an NSS database the
 * other way round; text that is no name at all is a CN (measured on certmonger 0.79.17).
 */
function subjectOf(record: RequestRecord): Uint8Array {
  const { template_subject: text, template_subject_der: der } = record;
  if (der) return Buffer.from(der, "hex");
  const commonName: Name = [[{ oid: "2.5.4.3", value: text || record.id }]];
  if (!text) return encodeName(commonName);
  let name: Name;
  try {
    name = parseSubject(text);
  } catch {
    return encodeName(commonName);
  }
  const isWrittenInOrder = record.key_storage_type !== "NSSDB" && !text.startsWith("/");
  return encodeName(isWrittenInOrder ? name.toReversed() : name);
}

function extensionsOf(record: RequestRecord, { publicKey }: KeyPair): Extension[] {
  const usages = keyUsages.filter((_, bit) => record.template_ku?.[bit] === "1");
  const names = subjectAltNamesOf(record);
  const purposes = (record.template_eku ?? "").split(",").filter(Boolean).flatMap(purposeOid);
  const isCa = record.template_is_ca ?? false;
  const pathLength = record.template_ca_path_length ?? -1;
  const profile = record.template_profile;
  return [
    ...(usages.length > 0 ? [encodeKeyUsage(usages)] : []),
    ...(names.length > 0 ? [encodeSubjectAltNameExtension(names)] : []),
    ...(purposes.length > 0 ? [encodeExtKeyUsage(purposes)] : []),
    encodeBasicConstraints({ ca: isCa, ...(isCa && pathLength >= 0 && { pathLength }) }),
    encodeSubjectKeyIdentifier(keyIdentifierOf(spkiDer(publicKey))),
    ...(profile ? [{ oid: templateNameOid, critical: false, valueDer: encodeDer(bmpString(profile)) }] : []),
  ];
}

function subjectAltNamesOf(record: RequestRecord): SubjectAltName[] {
  const all = (type: "dns" | "email" | "ip", values: readonly string[] = []): SubjectAltName[] =>
    values.map((value) => ({ type, value }));
  // Each principal twice: for Microsoft's readers, and for Kerberos. Without a realm it is no Kerberos name.
  const principals = record.template_principal ?? [];
  return [
    ...all("dns", record.template_hostname),
    ...all("email", record.template_email),
    ...principals.map((value): SubjectAltName => ({ type: "upn", value })),
    ...principals
      .filter((value) => value.includes("@"))
      .map((value): SubjectAltName => ({ type: "principal", value })),
    ...all("ip", record.template_ipaddress),
  ];
}

const purposeNames: Readonly<Record<string, string>> = {
  "id-kp-serverAuth": keyPurpose.serverAuth,
  "id-kp-clientAuth": keyPurpose.clientAuth,
  "id-kp-codeSigning": keyPurpose.codeSigning,
  "id-kp-emailProtection": keyPurpose.emailProtection,
  "id-kp-timeStamping": keyPurpose.timeStamping,
  "id-kp-OCSPSigning": keyPurpose.ocspSigning,
  "id-pkinit-KPClientAuth": keyPurpose.kerberosClientAuth,
  "id-pkinit-KPKdc": keyPurpose.kerberosKdc,
};

function purposeOid(name: string): string[] {
  if (/^\d+(\.\d+)+$/.test(name)) return [name];
  const known = Object.entries(purposeNames).find(([each]) => each.toLowerCase() === name.toLowerCase());
  return known === undefined ? [] : [known[1]];
}

function makeSpkac({ publicKey, privateKey }: KeyPair, challenge: string): string {
  const signed = sequence(
    embedded(spkiDer(publicKey)),
    primitive(Tag.ia5String, Buffer.from(challenge, "latin1")),
  );
  const { algorithmDer, signature } = signDer(encodeDer(signed), privateKey);
  return Buffer.from(encodeDer(sequence(signed, embedded(algorithmDer), bitString(signature)))).toString(
    "base64",
  );
}
