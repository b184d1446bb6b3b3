import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { readdir, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, FileError } from "../files/error.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { type CaRecord, caFields, type FieldTable, type RequestRecord, requestFields } from "./fields.ts";
import { decodeStoredFile, encodeStoredFile, encodeTime, type UnknownLine } from "./store-format.ts";

/** A record with the file that keeps it. */
export interface Kept<R> {
  readonly path: string;
  readonly record: R;
  /** Lines of the file that this program does not understand; they are written back. */
  readonly unknown: readonly UnknownLine[];
}

/** What stands in a directory of the store beside records. */
export interface Oddity {
  readonly path: string;
  readonly reason: string;
}

interface Identified {
  readonly id: string;
}

/** Names that editors, packages and half-finished writes leave behind. @see certmonger 0.79.21 src/store-files.c */
const ignored = /(\.tmp|\.rpmsave|\.rpmorig|\.rpmnew|~|#)$/;

/** What a kill between writing and renaming leaves of our own: nobody else writes here while we have the lock. */
const unfinished = /^\d{14,}(-\d+)?\.tmp$/;

/** One of the two directories of the store, in certmonger's format: a file for each record. */
export class Store<R extends Identified> {
  readonly directory: string;
  readonly #table: FieldTable;
  readonly #names = new Set<string>();

  private constructor(directory: string, table: FieldTable) {
    this.directory = directory;
    this.#table = table;
  }

  static ofRequests(directory: string): Store<RequestRecord> {
    return new Store<RequestRecord>(directory, requestFields);
  }

  static ofCas(directory: string): Store<CaRecord> {
    return new Store<CaRecord>(directory, caFields);
  }

  /**
   * All records, in the order of their files' names, which is the order in which they were made.
   *
   * A file that is no record is left alone and reported. So is a second file with an id: certmonger deletes it when it is
   * a CA's.
   */
  async load(): Promise<{ kept: Kept<R>[]; oddities: Oddity[] }> {
    makeDirectory(this.directory);
    const kept: Kept<R>[] = [];
    const oddities: Oddity[] = [];
    const ids = new Map<string, string>();
    for (const name of inOrderOfMaking(await readdir(this.directory))) {
      const path = join(this.directory, name);
      if (unfinished.test(name)) {
        await unlink(path);
        continue;
      }
      this.#names.add(name);
      if (ignored.test(name)) continue;
      const found = this.#read(path);
      if ("reason" in found) {
        oddities.push(found);
        continue;
      }
      const earlier = ids.get(found.record.id);
      if (earlier !== undefined) {
        oddities.push({ path, reason: `the id "${found.record.id}" is already in ${earlier}` });
        continue;
      }
      ids.set(found.record.id, path);
      kept.push(found);
    }
    return { kept, oddities };
  }

  #read(path: string): Kept<R> | Oddity {
    let text: string;
    try {
      // Synchronous: ten thousand small files are read in a third of the time.
      if (!statSync(path).isFile()) return { path, reason: "it is no file" };
      const content = readFileSync(path);
      if (!isUtf8(content)) return { path, reason: "it is not UTF-8" };
      text = content.toString("utf8");
    } catch (error) {
      return { path, reason: FileError.from(error, "read", path).message };
    }
    const { values, unknown } = decodeStoredFile(this.#table, text);
    if (!("id" in values) || typeof values.id !== "string" || values.id === "") {
      return { path, reason: "there is no id in it" };
    }
    // The table of this store makes values of this record type.
    return { path, record: values as unknown as R, unknown };
  }

  /** A path for a new record, made from the time: `20261123101030`, `20261123101030-1`, … */
  newPath(now: Date): string {
    const base = encodeTime(now);
    for (let number = 0; ; number++) {
      const name = number === 0 ? base : `${base}-${number}`;
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      return join(this.directory, name);
    }
  }

  /**
   * Writes a record beside its file, then puts it in place.
   *
   * Not flushed to the disk, as certmonger does not: what a kill may not undo is safe once it is renamed, and each
   * request is written some thirty times on its way.
   *
   * @throws {FileError}
   */
  async save({ path, record, unknown }: Kept<R>): Promise<void> {
    const beside = `${path}.tmp`;
    try {
      await writeFile(beside, encodeStoredFile(this.#table, { values: record, unknown }), { mode: 0o600 });
      await rename(beside, path);
    } catch (error) {
      // It takes the room that the next attempt needs.
      await unlink(beside).catch(() => {});
      throw FileError.from(error, "write", path);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw FileError.from(error, "remove", path);
    }
  }
}

/** `20261123101030-2` comes before `20261123101030-10`. */
function inOrderOfMaking(names: readonly string[]): string[] {
  // One collator for all: `localeCompare` makes one for each pair.
  const { compare } = new Intl.Collator("en", { numeric: true });
  return names.toSorted(compare);
}
