import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { FileError } from "./error.ts";

/** A file's content, with whose it is: both of the same file, even if another takes its name meanwhile. */
export interface RegularFile {
  readonly content: Buffer;
  readonly uid: number;
  /** Others than the owner may read it, write it, or run it. */
  readonly isOpenToOthers: boolean;
  /** Others than the owner may change it. */
  readonly isWritableByOthers: boolean;
}

/**
 * Reads a file. `what` it is, is for messages: `cannot read policy /etc/x.json: permission denied`.
 *
 * @throws {FileError} code `NOT-A-FILE` for a directory, a device or a named pipe, which one would wait for without end
 */
export function readRegularFile(path: string, what?: string): RegularFile {
  const verb = what === undefined ? "read" : `read ${what}`;
  let file: number | undefined;
  try {
    // Opening a pipe would wait for its other end, and no deadline stops that.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(file);
    if (!status.isFile())
      throw new FileError("NOT-A-FILE", path, `cannot ${verb} ${path}: it is no regular file`);
    const { mode, uid } = status;
    return {
      content: readFileSync(file),
      uid,
      isOpenToOthers: (mode & 0o077) !== 0,
      isWritableByOthers: (mode & 0o022) !== 0,
    };
  } catch (error) {
    throw FileError.from(error, verb, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
