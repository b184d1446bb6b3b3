import { randomBytes } from "node:crypto";
import { createCertificate, randomSerial } from "../../src/x509/certificate.ts";
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
} from "../../src/x509/extensions.ts";
import { generateKey, type KeyKind, privateKeyToPem, spkiDer } from "../../src/x509/keys.ts";
import { encodeName } from "../../src/x509/names.ts";

export interface NewAuthority {
  readonly keyKind: KeyKind;
  /** DER; a later generation keeps the name of the first. */
  readonly subjectDer: Uint8Array;
  readonly validitySeconds: number;
  readonly now: Date;
}

/** A new key and the root certificate that it signs for itself. Both PEM. */
export function makeAuthority(authority: NewAuthority): { privateKeyPem: string; certificatePem: string } {
  const { keyKind, subjectDer, validitySeconds } = authority;
  const notBefore = new Date(Math.floor(authority.now.getTime() / 1_000) * 1_000);
  const { privateKey, publicKey } = generateKey(keyKind);
  const publicKeyDer = spkiDer(publicKey);
  const keyIdentifier = keyIdentifierOf(publicKeyDer);
  const certificatePem = createCertificate({
    serial: randomSerial(),
    subjectDer,
    issuerDer: subjectDer,
    spkiDer: publicKeyDer,
    notBefore,
    notAfter: new Date(notBefore.getTime() + validitySeconds * 1_000),
    extensions: [
      encodeBasicConstraints({ ca: true }),
      encodeKeyUsage(["keyCertSign", "cRLSign"]),
      encodeSubjectKeyIdentifier(keyIdentifier),
      // Generations share a name: this tells which of them signed a root, namely itself.
      encodeAuthorityKeyIdentifier(keyIdentifier),
    ],
    issuerKey: privateKey,
  });
  return { privateKeyPem: privateKeyToPem(privateKey), certificatePem };
}

/**
 * A name for a new CA, with a second common name that no other CA has:
 * `CN=Local Signing Authority,CN=27dba853-9bf04462-89a6c66e-b2154947`, the form that `local-submit` makes.
 */
export function makeSubject(name: string): Uint8Array {
  const commonName = "2.5.4.3";
  const unique = randomBytes(16)
    .toString("hex")
    .replace(/.{8}(?=.)/g, "$&-");
  return encodeName([[{ oid: commonName, value: name }], [{ oid: commonName, value: unique }]]);
}
