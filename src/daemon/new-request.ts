import { stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { DaemonError } from "./error.ts";
import { merge, type RequestRecord } from "./fields.ts";
import type { NewRequest } from "./interface.ts";
import { encodeTime } from "./store-format.ts";

/**
 * Checks what a client wants and completes it.
 *
 * @throws {DaemonError} `missing_arg`, `bad_arg`, `duplicate`, with certmonger's texts
 * @see certmonger 0.79.21 src/tdbush.c, base_add_request
 */
export async function completeRequest(
  wish: NewRequest,
  present: readonly RequestRecord[],
  now: Date,
): Promise<RequestRecord> {
  const record = withDefaults(wish, present, now);
  if (present.some(({ id }) => id === record.id)) {
    throw new DaemonError("duplicate", `There is already a request with the nickname "${record.id}".`);
  }
  checkParts(record);
  await checkPlaces(record);
  checkSharing(record, present);
  return record;
}

function withDefaults(wish: NewRequest, present: readonly RequestRecord[], now: Date): RequestRecord {
  const isNss = wish.cert_storage_type === "NSSDB";
  const token = "NSS Certificate DB";
  const hasKeyPlace = wish.key_storage_type !== undefined;
  const sameAsCertificate = isNss && !hasKeyPlace;
  return merge<RequestRecord>(
    {
      id: wish.id ?? freeId(present, now),
      monitor: true,
      autorenew: true,
      key_preserve: false,
      state: "NEWLY_ADDED",
    },
    {
      ...wish,
      id: wish.id ?? freeId(present, now),
      ...(sameAsCertificate && {
        key_storage_type: "NSSDB",
        key_storage_location: wish.cert_storage_location,
        key_nickname: wish.cert_nickname,
        key_token: wish.cert_token ?? token,
      }),
      ...(isNss && { cert_token: wish.cert_token ?? token }),
      ...(wish.key_storage_type === "NSSDB" && { key_token: wish.key_token ?? token }),
      ...(!hasKeyPlace && !isNss && { key_storage_type: "NONE" }),
    },
  );
}

function freeId(present: readonly RequestRecord[], now: Date): string {
  const taken = new Set(present.map(({ id }) => id));
  const base = encodeTime(now);
  let id = base;
  for (let number = 1; taken.has(id); number++) id = `${base}-${number}`;
  return id;
}

function checkParts(record: RequestRecord): void {
  if (record.cert_storage_type === undefined) throw missing("Certificate storage type not specified.");
  if (!isStorageType(record.cert_storage_type)) {
    throw bad(`Certificate storage type "${record.cert_storage_type}" not supported.`);
  }
  if (record.cert_storage_location === undefined)
    throw missing("Certificate storage location not specified.");
  if (record.cert_storage_type === "NSSDB" && !record.cert_nickname) {
    throw missing("Certificate nickname not specified.");
  }
  const keyType = record.key_storage_type ?? "NONE";
  if (keyType === "NONE") return;
  if (!isStorageType(keyType)) throw bad(`Key storage type "${keyType}" not supported.`);
  if (record.key_storage_location === undefined) throw missing("Key storage location not specified.");
  if (keyType === "NSSDB" && !record.key_nickname) throw missing("Key nickname not specified.");
}

const isStorageType = (type: string): boolean => type === "FILE" || type === "NSSDB";
const missing = (message: string): DaemonError => new DaemonError("missing_arg", message);
const bad = (message: string): DaemonError => new DaemonError("bad_arg", message);

/** Every place where something of a request is kept. @throws {DaemonError} `bad_arg` */
export async function checkPlaces(record: RequestRecord): Promise<void> {
  await checkPlace(record.cert_storage_location, record.cert_storage_type);
  await checkPlace(record.key_storage_location, record.key_storage_type);
  const files = [record.root_cert_files, record.other_root_cert_files, record.other_cert_files];
  for (const path of files.flatMap((list) => list ?? [])) await checkPlace(path, "FILE");
  const databases = [record.root_cert_dbs, record.other_root_cert_dbs, record.other_cert_dbs];
  for (const path of databases.flatMap((list) => list ?? [])) await checkPlace(path, "NSSDB");
}

async function checkPlace(location: string | undefined, type: string | undefined): Promise<void> {
  if (location === undefined || type === undefined || type === "NONE") return;
  const path = location.replace(/^(sql|dbm):/, "");
  if (!isAbsolute(path)) throw bad(`The location "${location}" must be an absolute path.`);
  const found = await stat(path).catch(() => undefined);
  if (type === "NSSDB") {
    if (found === undefined || !found.isDirectory()) {
      throw bad(`The location "${location}" must be a valid directory.`);
    }
    return;
  }
  if (found !== undefined && !found.isFile()) throw bad(`The location "${location}" must be a file.`);
  const parent = await stat(dirname(path)).catch(() => undefined);
  if (parent === undefined || !parent.isDirectory()) {
    throw bad(`The parent of location "${location}" must be a valid directory.`);
  }
}

/** No two requests may write to one place. @throws {DaemonError} `duplicate` */
export function checkSharing(record: RequestRecord, present: readonly RequestRecord[]): void {
  const others = present.filter(({ id }) => id !== record.id);
  const sameCertificate = others.find((other) => certificatePlace(other) === certificatePlace(record));
  if (sameCertificate !== undefined) {
    throw new DaemonError(
      "duplicate",
      `Certificate at same location is already used by request with nickname "${sameCertificate.id}".`,
    );
  }
  const place = keyPlace(record);
  const sameKey = place === undefined ? undefined : others.find((other) => keyPlace(other) === place);
  if (sameKey !== undefined) {
    throw new DaemonError(
      "duplicate",
      `Key at same location is already used by request with nickname "${sameKey.id}".`,
    );
  }
}

const certificatePlace = (record: RequestRecord): string =>
  [record.cert_storage_type, record.cert_storage_location, record.cert_nickname].join("\n");

const keyPlace = (record: RequestRecord): string | undefined =>
  record.key_storage_type === undefined || record.key_storage_type === "NONE"
    ? undefined
    : [record.key_storage_type, record.key_storage_location, record.key_nickname].join("\n");
