import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { FileError } from "./error.ts";

export interface ReplaceOptions {
  /** Permission bits of the new file, whatever the umask; default 0600. */
  readonly mode?: number;
  /** Owner of the new file; default: the user and group of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Wait until file and name are on the disk, so that they survive a loss of power; default true. */
  readonly sync?: boolean;
  /** Fail with `EEXIST` instead of replacing a file that is there; default false. */
  readonly mustNotExist?: boolean;
  /** Done when the content is on the disk and only the exchange is left; a throw leaves everything as it was. */
  readonly beforeExchange?: () => Promise<void>;
}

/**
 * Puts a file in place whole: who opens `path` sees the old content or the new one, never a part.
 *
 * Written beside the target under a random name, flushed, renamed over it, and the directory flushed. When
 * anything fails (a full disk, say) the old file is untouched and nothing is left beside it. A symbolic
 * link at `path` is replaced, not followed. A kill between the steps can leave a `.NAME.RANDOM.new` file.
 *
 * Does not yield meanwhile (but for `beforeExchange`): a helper does one thing at a time, and `node:fs/promises` with its threads costs
 * a run 2 ms.
 *
 * @throws {FileError} with the system's code and the path of the target
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  const { sync = true } = options;
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.new`);
  try {
    writeNew(beside, content, options);
    try {
      await options.beforeExchange?.();
      if (options.mustNotExist) linkSync(beside, path);
      else renameSync(beside, path);
    } catch (error) {
      unlinkSync(beside);
      throw error;
    }
    if (options.mustNotExist) unlinkSync(beside);
    if (sync) {
      syncDirectory(dirname(path));
    }
  } catch (error) {
    throw FileError.from(error, "write", path);
  }
}

/** Makes a file that must not exist yet; takes it away again when it can not be finished. */
function writeNew(path: string, content: string | Uint8Array, options: ReplaceOptions): void {
  const { mode = 0o600, owner, sync = true } = options;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(path, flags, 0o600);
  try {
    if (owner !== undefined) {
      fchownSync(file, owner.uid, owner.gid);
    }
    // After chown, which would clear set-ID bits. Explicit: the umask may have cut what open was given.
    fchmodSync(file, mode);
    writeFileSync(file, content);
    if (sync) {
      fsyncSync(file);
    }
    closeSync(file);
  } catch (error) {
    closeQuietly(file);
    unlinkSync(path);
    throw error;
  }
}

/** The first error is the one worth reporting. */
function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {}
}

/** Waits until the names in a directory are on the disk: a rename is only as lasting as the directory that holds it. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
