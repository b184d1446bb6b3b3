import { mkdirSync, statSync } from "node:fs";
import { FileError } from "./error.ts";

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
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(path);
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

function notPrivate(path: string, reason: string): FileError {
  return new FileError("NOT-PRIVATE", path, `cannot keep private files in ${path}: ${reason}`);
}
