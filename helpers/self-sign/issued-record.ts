import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorCode, FileError } from "../../src/files/error.ts";
import { syncDirectory } from "../../src/files/replace-file.ts";

/** One certificate that was issued. Times as in `2026-11-23T12:39:51.000Z`. */
export interface IssuedEntry {
  readonly time: string;
  /** Hex, lower case. */
  readonly serial: string;
  readonly subject: string;
  /** `dns:www.example.test`, `ip:192.0.2.1`, … */
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  /** What kind of key: `RSA, 2048 bits`. */
  readonly key: string;
  readonly profile?: string;
  /** certmonger's nickname for the CA. */
  readonly ca?: string;
  /** SHA-256 of the DER, hex. */
  readonly certificate: string;
  readonly csr: string;
}

/**
 * Adds a line to the record of issued certificates, and returns when it is on the disk.
 *
 * Any number of processes may do so at once: each line is one write at the end of the file. A process that
 * is killed in the middle of it leaves a piece of a line; the next one then starts on a new line.
 *
 * @throws {FileError}
 */
export function appendEntry(path: string, entry: IssuedEntry): void {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    const { size } = fstatSync(file);
    const line = Buffer.from(`${endsMidLine(file, size) ? "\n" : ""}${JSON.stringify(entry)}\n`);
    const written = writeSync(file, line);
    if (written < line.length)
      throw new FileError("ENOSPC", path, `cannot write ${path}: no space left on device`);
    fdatasyncSync(file);
    // The name of a new file is only as lasting as the directory that holds it.
    if (size === 0) syncDirectory(dirname(path));
  } catch (error) {
    throw FileError.from(error, "write", path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function endsMidLine(file: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() !== "\n";
}

export interface IssuedRecord {
  readonly entries: readonly IssuedEntry[];
  /** Numbers of the lines that are none: what a killed process or a full disk left of one. */
  readonly damagedLines: readonly number[];
}

/** All of the record, oldest first; empty when there is none. @throws {FileError} */
export function readRecord(path: string): IssuedRecord {
  const entries: IssuedEntry[] = [];
  const damagedLines: number[] = [];
  for (const [index, line] of readText(path).split("\n").entries()) {
    if (line === "") continue;
    const entry = parseEntry(line);
    if (entry === undefined) damagedLines.push(index + 1);
    else entries.push(entry);
  }
  return { entries, damagedLines };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw FileError.from(error, "read", path);
  }
}

function parseEntry(line: string): IssuedEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

const texts = ["time", "serial", "subject", "notBefore", "notAfter", "key", "certificate", "csr"] as const;

function isEntry(value: unknown): value is IssuedEntry {
  if (typeof value !== "object" || value === null) return false;
  const entry: Partial<Record<keyof IssuedEntry, unknown>> = value;
  return Array.isArray(entry.names) && texts.every((key) => typeof entry[key] === "string");
}
