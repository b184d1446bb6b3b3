import { readIfPresent } from "../../files/read-if-present.ts";
import type { RequestRecord } from "../fields.ts";
import { StorageError } from "./storage.ts";

/**
 * The PIN of a request's key: the first line of its file, else the one that the request holds.
 *
 * @throws {StorageError} `need-pin` when the file can not be read
 */
export async function pinOf(record: RequestRecord): Promise<string | undefined> {
  const path = record.key_pin_file;
  if (path === undefined || path === "") return record.key_pin || undefined;
  try {
    const content = await readIfPresent(path);
    if (content === undefined) throw new StorageError("need-pin", `no such file: ${path}`);
    const [pin = ""] = content.toString("utf8").split(/\r?\n/);
    if (pin === "") throw new StorageError("need-pin", `there is no PIN in ${path}`);
    return pin;
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError("need-pin", error instanceof Error ? error.message : `cannot read ${path}`);
  }
}
