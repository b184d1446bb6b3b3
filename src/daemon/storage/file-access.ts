import { execFile } from "node:child_process";
import type { BigIntStats } from "node:fs";
import { chmod, chown, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { errorCode, FileError } from "../../files/error.ts";
import { type ReplaceOptions, replaceFile } from "../../files/replace-file.ts";
import { StorageError } from "./storage.ts";

/** Who owns a file and who may read it, as the administrator gave it: `-o root:www -m 0640`. */
export interface Access {
  /** `USER` or `USER:GROUP`, names or numbers. */
  readonly owner?: string | undefined;
  /** 0 or absent: 0600 for a new file, unchanged for one that is there. */
  readonly mode?: number | undefined;
}

/**
 * Puts a file in place with its owner and mode. A symbolic link is followed, as certmonger does.
 *
 * @param report gets what could not be applied: as in certmonger, that does not stop the saving
 * @param beforeExchange done when nothing of the saving can fail any more but the exchange of the files
 * @throws {StorageError}
 */
export async function writeFileWithAccess(
  path: string,
  content: string,
  access: Access,
  report: (problem: string) => void,
  beforeExchange?: () => Promise<void>,
): Promise<void> {
  try {
    const target = await targetOf(path);
    const accessOptions = await options(target, access, report);
    await replaceFile(target, content, { ...accessOptions, ...(beforeExchange && { beforeExchange }) });
  } catch (error) {
    throw storageError(error, "write", path);
  }
}

/** As many as the kernel follows. */
const mostLinks = 40;

/** Where a symbolic link leads, also when there is nothing yet. */
async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let count = 0; count < mostLinks; count++) {
    const found = await realpath(target).catch(() => undefined);
    if (found !== undefined) return found;
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    target = resolve(dirname(target), link);
  }
  return target;
}

/** Sets owner and mode of a file that is there. */
export async function applyAccess(
  path: string,
  access: Access,
  report: (problem: string) => void,
): Promise<void> {
  try {
    const owner = await ownerOf(access);
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    if (access.mode) await chmod(path, access.mode);
  } catch (error) {
    report(`cannot set owner and mode of ${path}: ${describe(error)}`);
  }
}

async function options(
  path: string,
  access: Access,
  report: (problem: string) => void,
): Promise<ReplaceOptions> {
  const present = await stat(path, { bigint: true }).catch(() => undefined);
  const mode = access.mode || (present === undefined ? 0o600 : Number(present.mode) & 0o7777);
  try {
    const owner = (await ownerOf(access)) ?? presentOwner(present);
    return owner === undefined ? { mode } : { mode, owner };
  } catch (error) {
    report(`cannot set owner of ${path}: ${describe(error)}`);
    return { mode };
  }
}

function presentOwner(present: BigIntStats | undefined): { uid: number; gid: number } | undefined {
  if (present === undefined) return undefined;
  const [uid, gid] = [Number(present.uid), Number(present.gid)];
  return uid === process.geteuid?.() && gid === process.getegid?.() ? undefined : { uid, gid };
}

async function ownerOf({ owner }: Access): Promise<{ uid: number; gid: number } | undefined> {
  return owner === undefined || owner === "" ? undefined : await accountOf(owner);
}

/** Of `USER` or `USER:GROUP`, names or numbers. @throws {Error} when there is no such user or group */
export async function accountOf(owner: string): Promise<{ uid: number; gid: number }> {
  const [user = "", group] = owner.split(":");
  const account = await lookUp("passwd", user);
  const [uid, ownGroup] = [Number(account[2]), Number(account[3])];
  return { uid, gid: group ? Number((await lookUp("group", group))[2]) : ownGroup };
}

/** The fields of a user's or a group's entry, from wherever the system keeps them. */
export async function lookUp(database: "passwd" | "group", name: string): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("getent", ["--", database, name], {
      env: { PATH: "/usr/bin:/bin" },
    });
    return stdout.trim().split(":");
  } catch (error) {
    throw new Error(`there is no ${database === "passwd" ? "user" : "group"} "${name}"`, { cause: error });
  }
}

const withoutPermission = new Set(["EACCES", "EPERM", "EROFS"]);

/** An error of the file system in the terms of the machine. */
export function storageError(error: unknown, verb: string, path: string): StorageError {
  if (error instanceof StorageError) return error;
  const failure = FileError.from(error, verb, path);
  const result = withoutPermission.has(failure.code) ? "no-permission" : "failed";
  return new StorageError(result, failure.message, { cause: error });
}

function describe(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
