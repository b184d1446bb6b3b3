import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { link, rename, unlink } from "node:fs/promises";
import { promisify } from "node:util";
import { errorCode } from "../../files/error.ts";
import { readIfPresent } from "../../files/read-if-present.ts";
import { replaceFile } from "../../files/replace-file.ts";
import type { KeyPair } from "../../x509/keys.ts";
import type { KeyCipher } from "../configuration.ts";
import type { RequestRecord } from "../fields.ts";
import { type Access, applyAccess, storageError } from "./file-access.ts";
import { pinOf } from "./pin.ts";
import { type FoundKey, type KeyRole, type KeyStore, type KeyWish, StorageError } from "./storage.ts";

/**
 * The keys of a request in files: `KEYFILE`, and `KEYFILE.MARKER.key` for a candidate.
 *
 * PKCS#8 in PEM, encrypted when there is a PIN.
 *
 * @see certmonger 0.79.21 src/keygen-o.c, src/keyiread-o.c, src/certsave-o.c
 */
export class FileKeyStore implements KeyStore {
  readonly #record: RequestRecord;
  readonly #report: (problem: string) => void;

  constructor(record: RequestRecord, report: (problem: string) => void) {
    this.#record = record;
    this.#report = report;
  }

  async read(role: KeyRole): Promise<FoundKey | undefined> {
    const path = this.#pathOf(role);
    if (path === undefined) return undefined;
    const pem = await this.#readPem(path);
    if (pem === undefined) return undefined;
    const privateKey = openKey(pem, path, await pinOf(this.#record));
    return { privateKey: async () => privateKey, publicKey: createPublicKey(privateKey) };
  }

  async make(role: KeyRole, wish: KeyWish): Promise<FoundKey> {
    const path = this.#requirePath(role);
    const pin = await pinOf(this.#record);
    const pair = await generateKey(wish);
    const pem = exportKey(pair.privateKey, pin, wish.cipher);
    try {
      await replaceFile(path, pem, { mustNotExist: true });
    } catch (error) {
      throw storageError(error, "write", path);
    }
    await applyAccess(path, this.#access(), this.#report);
    return { publicKey: pair.publicKey, privateKey: async () => pair.privateKey };
  }

  async remove(role: KeyRole): Promise<void> {
    const path = this.#pathOf(role);
    if (path === undefined) return;
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw storageError(error, "remove", path);
    }
  }

  async promote(keepAs: string | undefined): Promise<void> {
    const current = this.#requirePath("current");
    const candidate = this.#requirePath("candidate");
    try {
      if (keepAs !== undefined) await linkUnlessThere(current, `${current}.${keepAs}.key`);
      await rename(candidate, current);
    } catch (error) {
      throw storageError(error, "replace", current);
    }
    await applyAccess(current, this.#access(), this.#report);
  }

  #access(): Access {
    return { owner: this.#record.key_owner, mode: this.#record.key_perms };
  }

  #pathOf(role: KeyRole): string | undefined {
    const path = this.#record.key_storage_location;
    if (path === undefined || role === "current") return path;
    const marker = this.#record.key_next_marker;
    return marker ? `${path}.${marker}.key` : undefined;
  }

  #requirePath(role: KeyRole): string {
    const path = this.#pathOf(role);
    if (path === undefined)
      throw new StorageError("failed", `request "${this.#record.id}" has no ${role} key`);
    return path;
  }

  async #readPem(path: string): Promise<Buffer | undefined> {
    try {
      return await readIfPresent(path);
    } catch (error) {
      throw storageError(error, "read", path);
    }
  }
}

/** As certmonger: a PIN for a key that is not encrypted is an error too. */
function openKey(pem: Buffer, path: string, pin: string | undefined): KeyObject {
  const text = pem.toString("latin1");
  const isEncrypted = text.includes("ENCRYPTED");
  if (isEncrypted && pin === undefined) throw new StorageError("need-pin", `${path} needs a PIN`);
  if (!isEncrypted && pin !== undefined && text.includes("PRIVATE KEY")) {
    throw new StorageError("need-pin", `a PIN is given for ${path}, which is not encrypted`);
  }
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(pin !== undefined && { passphrase: pin }) });
  } catch {
    // No cause: OpenSSL's message may one day quote what it was given.
    throw isEncrypted
      ? new StorageError("need-pin", `the PIN for ${path} is wrong`)
      : new StorageError("need-pin", `there is no private key in ${path}`); // as certmonger has it
  }
}

function exportKey(privateKey: KeyObject, pin: string | undefined, cipher: KeyCipher): string {
  const form = { type: "pkcs8", format: "pem" } as const;
  const pem =
    pin === undefined ? privateKey.export(form) : privateKey.export({ ...form, cipher, passphrase: pin });
  return pem.toString();
}

const generate = promisify(generateKeyPair);

/** In a thread of its own: the daemon goes on meanwhile. */
export async function generateKey({ type, bits }: KeyWish): Promise<KeyPair> {
  return type === "EC"
    ? await generate("ec", { namedCurve: curveOf(bits) })
    : await generate("rsa", { modulusLength: bits });
}

/** The smallest curve that is large enough. */
function curveOf(bits: number): string {
  if (bits <= 256) return "P-256";
  return bits <= 384 ? "P-384" : "P-521";
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
