import { splitPem } from "../../../protocol/index.ts";
import type { WantedCertificates } from "../ca-certificates.ts";
import type { Configuration } from "../configuration.ts";
import type { RequestRecord } from "../fields.ts";
import { NssDatabase } from "./nss-database.ts";
import { pinOf } from "./pin.ts";
import type { CertificateStore } from "./storage.ts";

/** More certificates than this under one nickname are somebody else's doing. */
const mostOfOneNickname = 20;

/** The certificate of a request in an NSS database, under its nickname. */
export class NssCertificateStore implements CertificateStore {
  readonly #record: RequestRecord;

  constructor(record: RequestRecord) {
    this.#record = record;
  }

  async read(): Promise<string | undefined> {
    return await this.#use(async (database) =>
      database.exists ? await readNickname(database, this.#nickname()) : undefined,
    );
  }

  async write(certificate: string, exchangeKeys: () => Promise<void>): Promise<void> {
    const { cert_storage_location: location = "", nss_user: user } = this.#record;
    const pin = await pinOf(this.#record);
    const save = async (database: NssDatabase): Promise<void> => {
      await database.create(pin);
      const nickname = this.#nickname();
      // The old one may have another subject, which NSS does not take under the same nickname.
      for (let count = 0; count < mostOfOneNickname; count++) {
        if (!(await database.tryCertutil("-D", "-n", nickname)).isDone) break;
      }
      await add(database, nickname, certificate, ",,");
    };
    await NssDatabase.use(location, pin, save, user);
    await exchangeKeys();
  }

  #nickname(): string {
    return this.#record.cert_nickname ?? "";
  }

  async #use<T>(work: (database: NssDatabase) => Promise<T>): Promise<T> {
    const { cert_storage_location: location = "" } = this.#record;
    return await NssDatabase.use(location, await pinOf(this.#record), work);
  }
}

/**
 * Puts CA certificates into a database: roots and other roots trusted, the rest not. A second certificate under one
 * nickname gets a number: NSS refuses it otherwise, and certmonger then tries for ever.
 *
 * @throws {StorageError}
 */
export async function saveCaCertificatesToDatabase(
  location: string,
  { roots, otherRoots, others }: WantedCertificates,
  pin: string | undefined,
  { nssCaTrust, nssOtherTrust }: Configuration,
): Promise<void> {
  const all = [
    ...[...roots, ...otherRoots].map((item) => ({ ...item, trust: nssCaTrust })),
    ...others.map((item) => ({ ...item, trust: nssOtherTrust })),
  ];
  if (all.length === 0) return;
  await NssDatabase.use(location, pin, async (database) => {
    await database.create(pin);
    const used = new Set<string>();
    for (const { nickname, certificate, trust } of all) {
      let name = nickname;
      for (let number = 2; used.has(name); number++) name = `${nickname} #${number}`;
      used.add(name);
      const present = await readNickname(database, name);
      if (present?.trim() === certificate.trim()) {
        await database.certutil("-M", "-n", name, "-t", trust);
        continue;
      }
      if (present !== undefined) await database.tryCertutil("-D", "-n", name);
      await add(database, name, certificate, trust);
    }
  });
}

async function add(database: NssDatabase, nickname: string, pem: string, trust: string): Promise<void> {
  const file = await database.writeScratch("certificate", pem);
  await database.certutil("-A", "-n", nickname, "-t", trust, "-a", "-i", file);
}

async function readNickname(database: NssDatabase, nickname: string): Promise<string | undefined> {
  const run = await database.tryCertutil("-L", "-n", nickname, "-a");
  return run.isDone ? splitPem(run.stdout)[0]?.text : undefined;
}
