import { splitPem } from "../../../protocol/index.ts";
import { readIfPresent } from "../../files/read-if-present.ts";
import type { RequestRecord } from "../fields.ts";
import { storageError, writeFileWithAccess } from "./file-access.ts";
import { type CertificateStore, StorageError } from "./storage.ts";

/** The certificate of a request in a file, alone in it. */
export class FileCertificateStore implements CertificateStore {
  readonly #record: RequestRecord;
  readonly #report: (problem: string) => void;

  constructor(record: RequestRecord, report: (problem: string) => void) {
    this.#record = record;
    this.#report = report;
  }

  async read(): Promise<string | undefined> {
    const path = this.#path();
    try {
      const content = (await readIfPresent(path))?.toString("latin1");
      if (content === undefined) return undefined;
      return splitPem(content).find(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label))?.text;
    } catch (error) {
      throw storageError(error, "read", path);
    }
  }

  async write(certificate: string, exchangeKeys: () => Promise<void>): Promise<void> {
    const { cert_owner: owner, cert_perms: mode } = this.#record;
    await writeFileWithAccess(this.#path(), certificate, { owner, mode }, this.#report, exchangeKeys);
  }

  #path(): string {
    const path = this.#record.cert_storage_location;
    if (path === undefined) {
      throw new StorageError("failed", `request "${this.#record.id}" has no place for its certificate`);
    }
    return path;
  }
}
