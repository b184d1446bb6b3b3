import { HelperFailure } from "../../protocol/index.ts";
import { readRegularFile } from "../../src/files/read-regular-file.ts";

/**
 * Reads a file with a CA's key in it. A key that others can read, or have put there, is no longer one.
 *
 * @throws {HelperFailure} unconfigured, with the command that mends it
 * @throws {FileError}
 */
export function readKeyFile(path: string): Buffer {
  const { content, uid, isOpenToOthers } = readRegularFile(path);
  const me = process.geteuid?.() ?? 0;
  if (isOpenToOthers) throw exposed(path, `is open to others: chmod 600 ${path}`);
  if (uid !== me && uid !== 0) throw exposed(path, `belongs to user ${uid}: chown ${me} ${path}`);
  return content;
}

function exposed(path: string, reason: string): HelperFailure {
  return new HelperFailure("unconfigured", `the CA's key in ${path} ${reason}`);
}
