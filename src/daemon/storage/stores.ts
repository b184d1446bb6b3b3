import type { RequestRecord } from "../fields.ts";
import { FileCertificateStore } from "./file-certificate.ts";
import { FileKeyStore } from "./file-key.ts";
import { NssCertificateStore } from "./nss-certificate.ts";
import { NssKeyStore } from "./nss-key.ts";
import { type CertificateStore, type KeyStore, StorageError } from "./storage.ts";

/** The place of a request's keys. @throws {StorageError} when it has none */
export function keyStoreOf(record: RequestRecord, report: (problem: string) => void): KeyStore {
  if (record.key_storage_type === "FILE") return new FileKeyStore(record, report);
  if (record.key_storage_type === "NSSDB") return new NssKeyStore(record);
  throw new StorageError("failed", `request "${record.id}" has no place for its key`);
}

/** The place of a request's certificate. @throws {StorageError} when it has none */
export function certificateStoreOf(
  record: RequestRecord,
  report: (problem: string) => void,
): CertificateStore {
  if (record.cert_storage_type === "FILE") return new FileCertificateStore(record, report);
  if (record.cert_storage_type === "NSSDB") return new NssCertificateStore(record);
  throw new StorageError("failed", `request "${record.id}" has no place for its certificate`);
}
