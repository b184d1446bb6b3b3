import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorCode } from "../files/error.ts";
import type { Hash, KeyPair } from "../x509/keys.ts";
import { keyFields } from "./certificate-fields.ts";
import type { Configuration } from "./configuration.ts";
import { type Changes, merge, type RequestRecord } from "./fields.ts";
import type { Outcome } from "./outcome.ts";
import { makeSigningRequest } from "./signing-request.ts";
import { type FoundKey, type KeyWish, StorageError } from "./storage/storage.ts";
import { keyStoreOf } from "./storage/stores.ts";

type Report = (problem: string) => void;

/** Everything that is kept of a candidate, taken away. */
export const noCandidate = {
  key_next_marker: undefined,
  key_next_type: undefined,
  key_next_size: undefined,
  key_next_pubkey: undefined,
  key_next_pubkey_info: undefined,
  key_next_generated_date: undefined,
  key_next_requested_count: undefined,
} satisfies Changes<RequestRecord>;

/** Looks at the key, and at the candidate if there is one. */
export async function readKey(record: RequestRecord, report: Report): Promise<Outcome> {
  const store = keyStoreOf(record, report);
  const current = await store.read("current");
  const candidate = await store.read("candidate");
  if (current === undefined && candidate === undefined) return { result: "failed" };
  return {
    result: "done",
    changes: {
      ...(current && keyFields(current.publicKey)),
      ...(candidate === undefined ? noCandidate : candidateFields(candidate)),
    },
  };
}

function candidateFields({ publicKey }: FoundKey): Changes<RequestRecord> {
  const fields = keyFields(publicKey);
  return {
    key_next_type: fields.key_type,
    key_next_size: fields.key_size,
    key_next_pubkey: fields.key_pubkey,
    key_next_pubkey_info: fields.key_pubkey_info,
  };
}

/**
 * Makes a key: in its place, or beside a key that is there, as a candidate.
 *
 * A key that is there although nothing is known of it was made by an earlier run that was killed, or by a person: it is
 * used.
 *
 * @param save keeps the mark of a candidate before its file is made, so that a kill leaves no file that nobody knows
 */
export async function makeKey(
  record: RequestRecord,
  configuration: Configuration,
  now: Date,
  report: Report,
  save: (changes: Changes<RequestRecord>) => Promise<void>,
): Promise<Outcome> {
  const wish = keyWish(record, configuration);
  const generated = { key_gen_type: wish.type, key_gen_size: wish.bits };
  const store = keyStoreOf(record, report);
  const present = await store.read("current");
  if (present === undefined || record.key_pubkey_info === undefined) {
    const key = present ?? (await store.make("current", wish));
    const dated = { key_generated_date: now, key_requested_count: 0, key_issued_count: 0 };
    return { result: "done", changes: { ...generated, ...dated, ...keyFields(key.publicKey) } };
  }
  await store.remove("candidate");
  const marker = { key_next_marker: newMarker() };
  await save({ ...noCandidate, ...marker });
  const candidate = await keyStoreOf(merge(record, marker), report).make("candidate", wish);
  return {
    result: "done",
    changes: {
      ...marker,
      ...candidateFields(candidate),
      key_next_gen_type: wish.type,
      key_next_gen_size: wish.bits,
      key_next_generated_date: now,
      key_next_requested_count: 0,
    },
  };
}

function keyWish(record: RequestRecord, configuration: Configuration): KeyWish {
  const { keyType, keyCipher: cipher } = configuration;
  const type = (record.key_gen_type ?? keyType) === "EC" ? "EC" : "RSA";
  const wished = record.key_gen_size ?? 0;
  if (type === "EC") return { type, bits: Math.max(wished, 256), cipher };
  return { type, bits: wished >= 1024 ? wished : configuration.rsaKeyBits, cipher };
}

/** Eight characters of base64 that suit a file's name. */
function newMarker(): string {
  return randomBytes(6).toString("base64").replaceAll("+", "=").replaceAll("/", "_");
}

/** The pair that the next certificate is for. @throws {StorageError} */
export async function signingKey(record: RequestRecord, report: Report): Promise<KeyPair> {
  const store = keyStoreOf(record, report);
  const key = (await store.read("candidate")) ?? (await store.read("current"));
  if (key === undefined) throw new StorageError("failed", `the key of request "${record.id}" is gone`);
  return { publicKey: key.publicKey, privateKey: await key.privateKey() };
}

export async function makeCsr(record: RequestRecord, hash: Hash, report: Report): Promise<Outcome> {
  const keyPair = await signingKey(record, report);
  const challengePassword = await challengePasswordOf(record);
  const { csr, spkac } = makeSigningRequest(record, keyPair, { challengePassword, hash, report });
  return { result: "done", changes: { csr, spkac } };
}

/** @throws {StorageError} `need-pin` for a file that can not be read: so says certmonger, though a PIN is another thing */
async function challengePasswordOf(record: RequestRecord): Promise<string | undefined> {
  const path = record.template_challenge_password_file;
  if (!path) return record.template_challenge_password || undefined;
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/)[0] || undefined;
  } catch (error) {
    const reason = errorCode(error) ?? "it can not be read";
    throw new StorageError("need-pin", `challenge password file ${path}: ${reason}`, { cause: error });
  }
}
