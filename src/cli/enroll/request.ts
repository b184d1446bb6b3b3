import type { EnrollmentRequest } from "../../../protocol/index.ts";
import { spkacOf } from "../../testing/csr-samples.ts";
import { createCsr, readCsr } from "../../x509/csr.ts";
import { X509Error } from "../../x509/error.ts";
import {
  decodeSubjectAltNameExtension,
  encodeBasicConstraints,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
} from "../../x509/extensions.ts";
import { type KeyPair, spkiDer } from "../../x509/keys.ts";
import type { SubjectAltName } from "../../x509/names.ts";
import { UsageError } from "../command.ts";
import type { Wish } from "./plan.ts";

/**
 * A CSR with the content that certmonger gives it, and all that SUBMIT carries beside it.
 *
 * certmonger asks for each principal twice, as a Kerberos name and as a UPN.
 *
 * @throws {UsageError} for a name that no certificate can hold
 */
export function makeRequest(wish: Wish, keyPair: KeyPair): EnrollmentRequest {
  const names: SubjectAltName[] = [
    ...wish.dns.map((value) => ({ type: "dns", value }) as const),
    ...wish.email.map((value) => ({ type: "email", value }) as const),
    ...wish.principal.flatMap((value) => [
      { type: "upn", value } as const,
      { type: "principal", value } as const,
    ]),
    ...wish.ip.map((value) => ({ type: "ip", value }) as const),
  ];
  const key = spkiDer(keyPair.publicKey);
  try {
    const csr = createCsr({
      subject: wish.subject,
      keyPair,
      subjectAltNames: names,
      extensions: [encodeBasicConstraints({ ca: false }), encodeSubjectKeyIdentifier(keyIdentifierOf(key))],
      friendlyName: "enroll",
    });
    const keyType = keyTypes.get(keyPair.publicKey.asymmetricKeyType ?? "");
    return {
      ...common(wish, csr, key),
      subject: wish.subject,
      hostnames: wish.dns,
      emails: wish.email,
      principals: wish.principal,
      ipAddresses: wish.ip,
      spkac: spkacOf(keyPair),
      ...(keyType && { keyType }),
    };
  } catch (error) {
    throw error instanceof X509Error ? new UsageError(error.message) : error;
  }
}

/** The same around a CSR from a file: the names are the CSR's; there is no key to make an SPKAC with. */
export function wrapCsr(wish: Wish, csr: string): EnrollmentRequest {
  const { subject, spkiDer: key, extensions } = readCsr(csr);
  const names = decodeSubjectAltNameExtension(extensions) ?? [];
  const valuesOf = (...types: SubjectAltName["type"][]): string[] => [
    ...new Set(names.flatMap((name) => ("value" in name && types.includes(name.type) ? [name.value] : []))),
  ];
  return {
    ...common(wish, csr, key),
    ...(subject !== "" && { subject }),
    hostnames: valuesOf("dns"),
    emails: valuesOf("email"),
    principals: valuesOf("principal", "upn"),
    ipAddresses: valuesOf("ip"),
  };
}

function common({ profile, issuer, caNickname, previousCertificate }: Wish, csr: string, key: Uint8Array) {
  return {
    csr,
    caNickname,
    spki: Buffer.from(key).toString("base64"),
    ...(profile && { profile }),
    ...(issuer && { issuer }),
    ...(previousCertificate && { previousCertificate }),
  };
}

/** certmonger has no name for Ed25519 and leaves the variable out. */
const keyTypes: ReadonlyMap<string, string> = new Map([
  ["rsa", "RSA"],
  ["ec", "EC"],
]);
