import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, FileError } from "./error.ts";

/**
 * Makes sure that there is a directory where nobody else can put or swap files.
 *
 * A missing one is made, with its parents, mode 0700. One that exists is left as it is: that others may
 * read it is their choice (the files in it are 0600), but that others may write to it is refused.
 *
 * @throws {FileError} code `NOT-PRIVATE`, `ENOTDIR`, or what the system says
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  try {
    // Looked at first: it is there in every run but the first, and an exception is dear.
    let found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      makeWithParents(path);
      found = statSync(path);
    }
    if (!found.isDirectory())
      throw new FileError("ENOTDIR", path, `cannot use directory ${path}: it is none`);
    const { mode, uid } = found;
    const me = process.geteuid?.();
    if (uid !== me && uid !== 0) {
      throw notPrivate(path, `it belongs to user ${uid}`);
    }
    if ((mode & 0o022) !== 0) {
      throw notPrivate(
        path,
        `its mode ${(mode & 0o7777).toString(8).padStart(4, "0")} lets others write to it`,
      );
    }
  } catch (error) {
    throw FileError.from(error, "use directory", path);
  }
}

/** As `mkdir -p`. (Node's own `recursive` never ends where a file system makes no directories, as below /proc.) */
function makeWithParents(path: string): void {
  if (makeOne(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeWithParents(parent);
  // Still not: then it is for the system to say why.
  if (!makeOne(path)) mkdirSync(path);
}

/** Whether the directory is there now, whoever made it; false when its parent is missing. */
function makeOne(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return true;
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function notPrivate(path: string, reason: string): FileError {
  return new FileError("NOT-PRIVATE", path, `cannot keep private files in ${path}: ${reason}`);
}
