import type { KeyObject } from "node:crypto";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
import { spkiDer } from "../x509/keys.ts";
import { certificateFields } from "./certificate-fields.ts";
import type { Changes, RequestRecord } from "./fields.ts";
import { noCandidate } from "./key-work.ts";
import type { Outcome } from "./outcome.ts";
import { certificateStoreOf, keyStoreOf } from "./storage/stores.ts";

type Report = (problem: string) => void;

/**
 * Puts the issued certificate in its place, and the key that it is for: a candidate takes the place of the old key, or
 * goes when the certificate is for the old one.
 *
 * Every step can be done again: after a kill the same call finishes what was begun.
 *
 * @see certmonger 0.79.21 src/certsave-o.c, cm_certsave_o_main
 */
export async function saveCertificate(record: RequestRecord, report: Report): Promise<Outcome> {
  const certificate = readCertificate(record.cert ?? "");
  const pem = `${(record.cert ?? "").trim()}\n`;
  let changes: Changes<RequestRecord> = {};
  // On a full disk the old key and the old certificate stay together.
  await certificateStoreOf(record, report).write(pem, async () => {
    changes = await settleKeys(record, certificate, report);
  });
  return { result: "done", changes };
}

async function settleKeys(
  record: RequestRecord,
  certificate: Certificate,
  report: Report,
): Promise<Changes<RequestRecord>> {
  const issued = { key_issued_count: (record.key_issued_count ?? 0) + 1 };
  if (!record.key_next_marker) return issued;
  const store = keyStoreOf(record, report);
  const candidate = await store.read("candidate");
  const current = await store.read("current");
  if (candidate !== undefined && isFor(certificate, candidate.publicKey)) {
    const keepAs = record.key_preserve && record.cert_serial ? record.cert_serial : undefined;
    await store.promote(keepAs);
    return takeOver(record);
  }
  if (candidate === undefined && current !== undefined && isNextKey(record, certificate)) {
    return takeOver(record); // promoted before a kill
  }
  await store.remove("candidate");
  return { ...issued, ...noCandidate };
}

/** The candidate's values become those of the key. */
function takeOver(record: RequestRecord): Changes<RequestRecord> {
  return {
    ...noCandidate,
    key_type: record.key_next_type,
    key_size: record.key_next_size,
    key_pubkey: record.key_next_pubkey,
    key_pubkey_info: record.key_next_pubkey_info,
    key_generated_date: record.key_next_generated_date,
    key_requested_count: record.key_next_requested_count,
    key_issued_count: 1,
  };
}

const isFor = ({ spkiDer: own }: Certificate, key: KeyObject): boolean =>
  Buffer.compare(own, spkiDer(key)) === 0;

const isNextKey = (record: RequestRecord, { spkiDer: own }: Certificate): boolean =>
  record.key_next_pubkey_info?.toLowerCase() === Buffer.from(own).toString("hex");

/** Reads the certificate in its place, and what is kept of it. */
export async function readCertificateBack(record: RequestRecord, report: Report): Promise<Outcome> {
  const certificate = await certificateStoreOf(record, report).read();
  if (certificate === undefined) return { result: "failed" };
  const changes = certificateFields(certificate);
  const isFitting = [undefined, changes.cert_spki].includes(record.key_pubkey_info);
  // certmonger says nothing; the next certificate will be for the key that is there.
  const problem = { ca_error: `the key in ${record.key_storage_location} is not that of the certificate` };
  return { result: "done", changes: isFitting ? changes : { ...changes, ...problem } };
}
