import { randomBytes } from "node:crypto";
import { constants, type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FileError } from "./error.ts";

export interface ReplaceOptions {
  /** Permission bits of the new file, whatever the umask; default 0600. */
  readonly mode?: number;
  /** Owner of the new file; default: the user and group of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Wait until file and name are on the disk, so that they survive a loss of power; default true. */
  readonly sync?: boolean;
}

/**
 * Puts a file in place whole: who opens `path` sees the old content or the new one, never a part.
 *
 * Written beside the target under a random name, flushed, renamed over it, and the directory flushed. When
 * anything fails (a full disk, say) the old file is untouched and nothing is left beside it. A symbolic
 * link at `path` is replaced, not followed. A kill between the steps can leave a `.NAME.RANDOM.new` file.
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
    await writeNew(beside, content, options);
    try {
      await rename(beside, path);
    } catch (error) {
      await unlink(beside);
      throw error;
    }
    if (sync) {
      await syncDirectory(dirname(path));
    }
  } catch (error) {
    throw FileError.from(error, "write", path);
  }
}

/** Makes a file that must not exist yet; takes it away again when it can not be finished. */
async function writeNew(path: string, content: string | Uint8Array, options: ReplaceOptions): Promise<void> {
  const { mode = 0o600, owner, sync = true } = options;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    if (owner !== undefined) {
      await file.chown(owner.uid, owner.gid);
    }
    // After chown, which would clear set-ID bits. Explicit: the umask may have cut what open was given.
    await file.chmod(mode);
    await file.writeFile(content);
    if (sync) {
      await file.sync();
    }
    await file.close();
  } catch (error) {
    await closeQuietly(file);
    await unlink(path);
    throw error;
  }
}

/** The first error is the one worth reporting. */
async function closeQuietly(file: FileHandle): Promise<void> {
  try {
    await file.close();
  } catch {}
}

/** A rename is only as lasting as the directory that holds it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
