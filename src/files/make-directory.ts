import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, FileError } from "./error.ts";

/**
 * Makes a directory, and those above it that are missing, mode 0700; one that is there is left as it is. (Node's own
 * `recursive` never ends where a file system makes no directories, as below /proc.)
 *
 * @throws {FileError} code `ENOTDIR` when there is something else, or what the system says
 */
export function makeDirectory(path: string): void {
  try {
    makeWithParents(path);
  } catch (error) {
    throw FileError.from(error, "make directory", path);
  }
  if (!statSync(path).isDirectory()) {
    throw new FileError("ENOTDIR", path, `cannot use directory ${path}: it is none`);
  }
}

function makeWithParents(path: string): void {
  if (makeOne(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeWithParents(parent);
  // Still not: then it is for the system to say why.
  if (!makeOne(path)) mkdirSync(path);
}

/** Whether it is there now, whoever made it; false when its parent is missing. */
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
