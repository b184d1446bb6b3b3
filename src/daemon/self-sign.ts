import { randomUUID } from "node:crypto";
import { createCertificate } from "../x509/certificate.ts";
import { readCsr } from "../x509/csr.ts";
import type { KeyPair } from "../x509/keys.ts";
import type { Configuration } from "./configuration.ts";
import { addDuration } from "./duration.ts";
import type { CaRecord, Changes, RequestRecord } from "./fields.ts";

export interface SelfSignOptions extends Pick<Configuration, "selfSignValidity" | "digest" | "hasUniqueIds"> {
  readonly now: Date;
}

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
  { now, selfSignValidity, digest, hasUniqueIds }: SelfSignOptions,
): { certificate: string; changes: Changes<CaRecord> } {
  const csr = readCsr(record.csr ?? "");
  const serial = ca.ca_internal_serial ?? "01";
  const certificate = createCertificate({
    serial,
    subjectDer: csr.subjectDer,
    issuerDer: csr.subjectDer,
    spkiDer: csr.spkiDer,
    notBefore: now,
    notAfter: addDuration(now, selfSignValidity) ?? now,
    extensions: csr.extensions,
    issuerKey: keyPair.privateKey,
    hash: digest,
    ...(hasUniqueIds && { uniqueId: newUniqueId() }),
  });
  return {
    certificate,
    changes: { ca_internal_serial: nextSerial(serial) },
  };
}

/** A random UUID whose last bit is set: NSS takes clear bits at the end for unused ones. */
function newUniqueId(): Uint8Array {
  const octets = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
  octets[15] = (octets[15] ?? 0) | 1;
  return octets;
}

/** Hex, whole octets, positive: `01` → `02`, `7F` → `0080`. */
export function nextSerial(serial: string): string {
  const hex = (BigInt(`0x${serial}`) + 1n).toString(16).toUpperCase();
  const octets = hex.padStart(hex.length + (hex.length % 2), "0");
  return Number.parseInt(octets.slice(0, 2), 16) >= 0x80 ? `00${octets}` : octets;
}
