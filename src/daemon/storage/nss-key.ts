import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { decodeDer, Tag } from "../../x509/asn1.ts";
import { bytesOfBitString, contentOf, partsOf } from "../../x509/asn1-read.ts";
import { readCsr } from "../../x509/csr.ts";
import { readPublicKey } from "../../x509/public-key.ts";
import type { RequestRecord } from "../fields.ts";
import { generateKey } from "./file-key.ts";
import { NssDatabase } from "./nss-database.ts";
import { takeIn, takeOut } from "./nss-key-transfer.ts";
import { pinOf } from "./pin.ts";
import { type FoundKey, type KeyRole, type KeyStore, type KeyWish, StorageError } from "./storage.ts";

/**
 * The keys of a request in an NSS database. Which key is which is known by its public half, which the request keeps; until
 * it does, by the name that the key is given: the request's nickname, or `NICKNAME (candidate MARKER)`, as certmonger names
 * them.
 */
export class NssKeyStore implements KeyStore {
  readonly #record: RequestRecord;

  constructor(record: RequestRecord) {
    this.#record = record;
  }

  async read(role: KeyRole): Promise<FoundKey | undefined> {
    return await this.#use(async (database) => {
      if (!database.exists) return undefined;
      const keys = await listKeys(database);
      const spki = this.#knownSpki(role);
      if (spki !== undefined) {
        const id = keyIdOf(spki);
        return keys.some((key) => key.id === id) ? this.#found(spki, id) : undefined;
      }
      const name = this.#nameOf(role);
      const id = keys.find((key) => name !== undefined && key.name === name)?.id;
      return id === undefined ? undefined : this.#found(await publicHalf(database, id), id);
    });
  }

  /**
   * The key is made here and taken in together with its name, so that a kill leaves no key that nobody knows. (certutil
   * makes keys without a name.)
   */
  async make(role: KeyRole, wish: KeyWish): Promise<FoundKey> {
    const name = this.#nameOf(role);
    if (name === undefined)
      throw new StorageError("failed", `request "${this.#record.id}" has no ${role} key`);
    const pin = await pinOf(this.#record);
    const pair = await generateKey(wish);
    await this.#use(async (database) => {
      await database.create(pin);
      await takeIn(database, pair, name);
    });
    return { publicKey: pair.publicKey, privateKey: async () => pair.privateKey };
  }

  async remove(role: KeyRole): Promise<void> {
    const spki = this.#knownSpki(role);
    const name = this.#nameOf(role);
    await this.#use(async (database) => {
      if (!database.exists) return;
      const known = spki && keyIdOf(spki);
      const isOurs = (key: ListedKey) =>
        key.id === known || (role === "candidate" && key.name === name && name !== undefined);
      for (const { id } of (await listKeys(database)).filter(isOurs)) {
        await database.certutil("-F", "-k", id);
      }
      // What a kill has left of `takeIn`.
      if (role === "candidate" && name !== undefined) await database.tryCertutil("-D", "-n", name);
    });
  }

  /** The old key goes, or stays as a key without a certificate. */
  async promote(keepAs: string | undefined): Promise<void> {
    if (keepAs === undefined) await this.remove("current");
  }

  #found(spki: Uint8Array, id: string): FoundKey {
    return {
      publicKey: readPublicKey(spki),
      privateKey: async () => await this.#use(async (database) => await takeOut(database, id)),
    };
  }

  #knownSpki(role: KeyRole): Uint8Array | undefined {
    const hex = role === "current" ? this.#record.key_pubkey_info : this.#record.key_next_pubkey_info;
    return hex ? Buffer.from(hex, "hex") : undefined;
  }

  #nameOf(role: KeyRole): string | undefined {
    const { key_nickname: nickname = "", key_next_marker: marker } = this.#record;
    if (role === "current") return nickname;
    return marker ? `${nickname} (candidate ${marker})` : undefined;
  }

  async #use<T>(work: (database: NssDatabase) => Promise<T>): Promise<T> {
    const { key_storage_location: location = "" } = this.#record;
    return await NssDatabase.use(location, await pinOf(this.#record), work);
  }
}

interface ListedKey {
  readonly id: string;
  /** The nickname of its certificate, else its own name. */
  readonly name: string;
}

/** All private keys: `< 0> rsa      df08…   nickname`. @throws {StorageError} */
async function listKeys(database: NssDatabase): Promise<ListedKey[]> {
  const run = await database.tryCertutil("-K");
  if (!run.isDone && /no keys found/.test(run.said)) return [];
  const stdout = run.isDone ? run.stdout : await database.certutil("-K");
  return [...stdout.matchAll(/^<\s*\d+>\s+\S+\s+([0-9a-f]{40})\s+(.*)$/gm)].map(([, id = "", name = ""]) => ({
    id,
    name: name.replace(/^NSS Certificate DB:/, ""),
  }));
}

/** NSS names a key by the SHA-1 of the part of its public half that differs: RSA modulus, EC point. */
function keyIdOf(spki: Uint8Array): string {
  const [, bits] = partsOf(decodeDer(spki), Tag.sequence, "key");
  const octets = bytesOfBitString(bits, "key");
  return createHash("sha1")
    .update(isEc(spki) ? octets : modulusOf(octets))
    .digest("hex");
}

const isEc = (spki: Uint8Array): boolean => readPublicKey(spki).asymmetricKeyType === "ec";

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
