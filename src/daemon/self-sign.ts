import { createCertificate } from "../x509/certificate.ts";
import { readCsr } from "../x509/csr.ts";
import { decodeBasicConstraints, encodeAuthorityKeyIdentifier, keyIdentifierOf } from "../x509/extensions.ts";
import type { KeyPair } from "../x509/keys.ts";
import type { CaRecord, Changes, RequestRecord } from "./fields.ts";

/**
 * The certificate that the CA of type INTERNAL:SELF issues: the CSR's subject, key and extensions, signed with that key
 * itself, under the CA's next serial number.
 *
 * @returns it as PEM, and what changes in the CA
 * @throws {X509Error} for a CSR that can not be read
 * @see certmonger 0.79.21 src/submit-sn.c, src/submit-so.c
 */
export function selfSign(
  record: RequestRecord,
  ca: CaRecord,
  keyPair: KeyPair,
  now: Date,
  validitySeconds: number,
): { certificate: string; changes: Changes<CaRecord> } {
  const csr = readCsr(record.csr ?? "");
  const serial = ca.ca_internal_serial ?? "01";
  const isCa = decodeBasicConstraints(csr.extensions)?.ca ?? false;
  const certificate = createCertificate({
    serial,
    subjectDer: csr.subjectDer,
    issuerDer: csr.subjectDer,
    spkiDer: csr.spkiDer,
    notBefore: now,
    notAfter: new Date(now.getTime() + validitySeconds * 1000),
    extensions: [
      ...csr.extensions,
      ...(isCa ? [encodeAuthorityKeyIdentifier(keyIdentifierOf(csr.spkiDer))] : []),
    ],
    issuerKey: keyPair.privateKey,
  });
  return {
    certificate,
    changes: { ca_internal_serial: nextSerial(serial) },
  };
}

/** Hex, whole octets, positive: `01` → `02`, `7F` → `0080`. */
export function nextSerial(serial: string): string {
  const hex = (BigInt(`0x${serial}`) + 1n).toString(16).toUpperCase();
  const octets = hex.padStart(hex.length + (hex.length % 2), "0");
  return Number.parseInt(octets.slice(0, 2), 16) >= 0x80 ? `00${octets}` : octets;
}
