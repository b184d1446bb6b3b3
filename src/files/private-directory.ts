import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FileError } from "./error.ts";
import { makeDirectory } from "./make-directory.ts";

/**
 * Makes sure that there is a directory where nobody else can put or swap files.
 *
 * A missing one is made, with its parents, mode 0700, unless others could put another in its place. One that exists is
 * left as it is: that others may read it is their choice (the files in it are 0600), but that others may write to it is
 * refused. What is above it is then for `--check` to look at (`directoryOpenToOthers`), not for every run.
 *
 * @throws {FileError} code `NOT-PRIVATE`, `ENOTDIR`, or what the system says
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  try {
    // Looked at first: it is there in every run but the first, and an exception is dear.
    let found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      const open = directoryOpenToOthers(path);
      if (open?.mode !== undefined)
        throw notPrivate(path, `the mode ${open.mode} of ${open.path} lets others put another in its place`);
      makeDirectory(path);
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
      throw notPrivate(path, `its mode ${octal(mode)} lets others write to it`);
    }
  } catch (error) {
    throw FileError.from(error, "use directory", path);
  }
}

/**
 * Tries whether files can be made in a directory, or, where it is not there yet, whether it can be made. For `--check`,
 * which changes nothing.
 *
 * @throws {FileError} what the system says
 */
export function expectWritable(path: string): void {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const at = isThere ? path : realPathAbove(path);
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw FileError.from(error, "write to", at);
  }
}

/**
 * The first directory above a path, if there is one, in which somebody else could put another in the place of what we have
 * there: `mode` when it lets others write, `uid` when it is another user's than root's and ours. (Where the sticky bit
 * is set, as in `/tmp`, nobody can move what is somebody else's.)
 */
export function directoryOpenToOthers(
  path: string,
): { readonly path: string; readonly mode?: string; readonly uid?: number } | undefined {
  const me = process.geteuid?.();
  for (let at = realPathAbove(path); ; at = dirname(at)) {
    const { mode, uid } = statSync(at);
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return { path: at, mode: octal(mode) };
    if (uid !== me && uid !== 0) return { path: at, uid };
    if (dirname(at) === at) return undefined;
  }
}

/** The directory that holds a path, or would hold it, without symbolic links in its own path. */
function realPathAbove(path: string): string {
  const parent = dirname(resolve(path));
  const found = statSync(parent, { throwIfNoEntry: false });
  return found === undefined ? realPathAbove(parent) : realpathSync(parent);
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0");

function notPrivate(path: string, reason: string): FileError {
  return new FileError("NOT-PRIVATE", path, `cannot keep private files in ${path}: ${reason}`);
}
