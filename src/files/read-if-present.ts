import { readFileSync } from "node:fs";
import { errorCode, FileError } from "./error.ts";

/**
 * The content of a file, or `undefined` when there is none.
 *
 * @throws {FileError} for a file that is there and can not be read
 */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      return undefined;
    }
    throw FileError.from(error, "read", path);
  }
}
