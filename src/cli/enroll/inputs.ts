import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, FileError } from "../../files/error.ts";
import { readCertificate } from "../../x509/certificate.ts";
import { readCsr } from "../../x509/csr.ts";
import { UsageError } from "../command.ts";

/** A certificate that can not be saved is lost: better to know before the CA is asked. */
export async function expectWritable(...paths: (string | undefined)[]): Promise<void> {
  for (const path of paths.filter((each) => each !== undefined)) {
    try {
      await access(dirname(path), constants.W_OK);
      const found = await stat(path).catch(() => undefined);
      if (found?.isDirectory())
        throw new FileError("EISDIR", path, `cannot write ${path}: it is a directory`);
    } catch (error) {
      throw new UsageError(FileError.from(error, "write", path).message);
    }
  }
}

/** The same text, if it is a CSR. */
export function csrText(text: string): string {
  readCsr(text);
  return text;
}

/** The same text, if it is a certificate. */
export function certificateText(text: string): string {
  readCertificate(text);
  return text;
}

/** Reads a file that the command line names; `undefined` when it is missing and may be. */
export async function readInput<T>(
  path: string,
  parse: (text: string) => T,
  mayBeMissing: true,
): Promise<T | undefined>;
export async function readInput<T>(path: string, parse: (text: string) => T): Promise<T>;
export async function readInput<T>(
  path: string,
  parse: (text: string) => T,
  mayBeMissing = false,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (mayBeMissing && errorCode(error) === "ENOENT") {
      return undefined;
    }
    throw new UsageError(FileError.from(error, "read", path).message);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}
