import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { decodeDer, encodeDer, Tag } from "../../x509/asn1.ts";
import { embedded, octetString, sequence } from "../../x509/asn1-make.ts";
import { bytesOfBitString, contentOf, partsOf } from "../../x509/asn1-read.ts";
import { readCertificate } from "../../x509/certificate.ts";
import { readCsr } from "../../x509/csr.ts";
import { readBags, readPfx } from "../../x509/pkcs12-contents.ts";
import type { RequestRecord } from "../fields.ts";
import { curveOf } from "./file-key.ts";
import { NssDatabase } from "./nss-database.ts";
import { pinOf } from "./pin.ts";
import { type FoundKey, type KeyRole, type KeyStore, type KeyWish, StorageError } from "./storage.ts";

const curveNames: Readonly<Record<string, string>> = {
  "P-256": "nistp256",
  "P-384": "nistp384",
  "P-521": "nistp521",
};

/**
 * The keys of a request in an NSS database. Which key is which is known by its public half, which the request keeps;
 * the nickname belongs to the certificate.
 */
export class NssKeyStore implements KeyStore {
  readonly #record: RequestRecord;

  constructor(record: RequestRecord) {
    this.#record = record;
  }

  async read(role: KeyRole): Promise<FoundKey | undefined> {
    return await this.#use(async (database) => {
      if (!database.exists) return undefined;
      const ids = await keyIds(database);
      const spki =
        this.#knownSpki(role) ?? (role === "current" ? await this.#spkiByNickname(database) : undefined);
      if (spki === undefined) return undefined;
      const id = keyIdOf(spki);
      return ids.includes(id) ? this.#found(spki, id) : undefined;
    });
  }

  async make(_role: KeyRole, wish: KeyWish): Promise<FoundKey> {
    const pin = await pinOf(this.#record);
    return await this.#use(async (database) => {
      await database.create(pin);
      const before = new Set(await keyIds(database));
      const kind =
        wish.type === "EC"
          ? ["-k", "ec", "-q", curveNames[curveOf(wish.bits)] ?? "nistp256"]
          : ["-k", "rsa", "-g", String(wish.bits)];
      await database.certutil("-G", ...kind, "-z", await database.noise());
      const id = (await keyIds(database)).find((each) => !before.has(each));
      if (id === undefined)
        throw new StorageError("failed", "certutil made a key that is not in the database");
      return this.#found(await publicHalf(database, id), id);
    });
  }

  async remove(role: KeyRole): Promise<void> {
    const spki = this.#knownSpki(role);
    if (spki === undefined) return;
    await this.#use(async (database) => {
      if (!database.exists || !(await keyIds(database)).includes(keyIdOf(spki))) return;
      await database.certutil("-F", "-k", keyIdOf(spki));
    });
  }

  /** The old key goes, or stays as a key without a certificate. */
  async promote(keepAs: string | undefined): Promise<void> {
    if (keepAs === undefined) await this.remove("current");
  }

  #found(spki: Uint8Array, id: string): FoundKey {
    return {
      publicKey: createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }),
      privateKey: async () => await this.#use(async (database) => (await takeOut(database, id)).privateKey),
    };
  }

  #knownSpki(role: KeyRole): Uint8Array | undefined {
    const hex = role === "current" ? this.#record.key_pubkey_info : this.#record.key_next_pubkey_info;
    return hex ? Buffer.from(hex, "hex") : undefined;
  }

  async #spkiByNickname(database: NssDatabase): Promise<Uint8Array | undefined> {
    const nickname = this.#record.key_nickname ?? "";
    const run = await database.tryCertutil("-L", "-n", nickname, "-a");
    return run.isDone ? readCertificate(run.stdout).spkiDer : undefined;
  }

  async #use<T>(work: (database: NssDatabase) => Promise<T>): Promise<T> {
    const { key_storage_location: location = "" } = this.#record;
    return await NssDatabase.use(location, await pinOf(this.#record), work);
  }
}

/** The identifiers of all private keys: `< 0> rsa      df08…   nickname`. @throws {StorageError} */
async function keyIds(database: NssDatabase): Promise<string[]> {
  const run = await database.tryCertutil("-K");
  if (!run.isDone && /no keys found/.test(run.said)) return [];
  const stdout = run.isDone ? run.stdout : await database.certutil("-K");
  return [...stdout.matchAll(/^<\s*\d+>\s+\S+\s+([0-9a-f]{40})\s/gm)].map(([, id = ""]) => id);
}

/** NSS names a key by the SHA-1 of the part of its public half that differs: RSA modulus, EC point. */
function keyIdOf(spki: Uint8Array): string {
  const [, bits] = partsOf(decodeDer(spki), Tag.sequence, "key");
  const octets = bytesOfBitString(bits, "key");
  return createHash("sha1")
    .update(isEc(spki) ? octets : modulusOf(octets))
    .digest("hex");
}

const isEc = (spki: Uint8Array): boolean =>
  createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).asymmetricKeyType === "ec";

function modulusOf(rsaPublicKeyDer: Uint8Array): Uint8Array {
  const [modulus] = partsOf(decodeDer(rsaPublicKeyDer), Tag.sequence, "RSA key");
  const octets = contentOf(modulus, Tag.integer, "modulus");
  return octets[0] === 0 ? octets.subarray(1) : octets;
}

/** The SubjectPublicKeyInfo of a key, from a CSR that certutil makes with it: that is fast. */
async function publicHalf(database: NssDatabase, id: string): Promise<Uint8Array> {
  const file = database.path("csr");
  await database.certutil("-R", "-k", id, "-s", "CN=key", "-a", "-o", file, "-z", await database.noise());
  return readCsr(await readFile(file)).spkiDer;
}

/**
 * Takes a private key out of the database, to sign with it: pk12util only exports keys with a certificate, so the key gets
 * one for a moment.
 */
async function takeOut(
  database: NssDatabase,
  id: string,
): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const nickname = `certmonger-helper ${id}`;
  // What a kill may have left.
  await database.tryCertutil("-D", "-n", nickname);
  const serial = String(randomBytes(4).readUInt32BE() >>> 1);
  const subject = `CN=${id} ${serial}`;
  const words = ["-S", "-x", "-k", id, "-n", nickname, "-s", subject, "-t", ",,", "-m", serial];
  await database.certutil(...words, "-z", await database.noise());
  try {
    const password = randomBytes(24).toString("base64url");
    const passwordFile = await database.writeScratch("password", `${password}\n`);
    const file = database.path("key.p12");
    await database.exportPkcs12(nickname, file, passwordFile);
    const privateKey = readExportedKey(await readFile(file), password);
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } finally {
    await database.tryCertutil("-D", "-n", nickname);
  }
}

/**
 * The key in a file that was written a moment ago under a password that nobody else knows: so its MAC, which pk12util makes
 * in 600 000 rounds, tells nothing. OpenSSL opens the key, which is encrypted in as many.
 */
function readExportedKey(pkcs12: Uint8Array, password: string): KeyObject {
  const bags = readBags(readPfx(pkcs12).authenticatedSafe, (algorithm, encrypted) => {
    if (algorithm === undefined)
      throw new StorageError("failed", "pk12util wrote a key that can not be read");
    const encryptedKey = encodeDer(sequence(embedded(algorithm.der), octetString(encrypted)));
    const key = createPrivateKey({
      key: Buffer.from(encryptedKey),
      format: "der",
      type: "pkcs8",
      passphrase: password,
    });
    return key.export({ type: "pkcs8", format: "der" });
  });
  const key = bags.find(({ type }) => type === "key");
  if (key === undefined) throw new StorageError("failed", "pk12util wrote no key");
  return createPrivateKey({ key: Buffer.from(key.der), format: "der", type: "pkcs8" });
}
