import { randomInt } from "node:crypto";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { errorCode, FileError } from "./error.ts";
import { describeLockHolder } from "./lock-holder.ts";

export interface LockOptions {
  /** How long to wait for the lock, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Does `work` while no other process, and nothing else in this one, holds the lock at `path`.
 *
 * The lock is a kernel lock on the file, so it is gone the moment its owner is, however it dies: there are
 * no stale locks. Node has no call for kernel locks, its SQLite has one: the file is an empty database in
 * which an exclusive transaction is open. It stays empty and is never deleted. Nothing else may open it:
 * closing any other descriptor of the file would release the lock (POSIX, fcntl).
 *
 * Not reentrant: taking a lock inside itself waits until the deadline.
 *
 * @throws {FileError} code `BUSY` at the deadline, naming path and holder; `NOT-A-LOCK` for a file that is
 *   something else; or what the system says of the path. When `signal` aborts: the signal's reason.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  const lock = await waitForLock(path, options);
  held.add(lock);
  try {
    return await work();
  } finally {
    held.delete(lock);
    lock.close();
  }
}

/** Keeps the garbage collector off a lock whose work waits for something that only lives outside. */
const held = new Set<DatabaseSync>();

async function waitForLock(path: string, { deadlineMs, signal }: LockOptions): Promise<DatabaseSync> {
  let startedAt: number | undefined;
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, 32)) {
    signal?.throwIfAborted();
    const lock = tryLock(path);
    if (lock !== undefined) {
      return lock;
    }
    // Asked only now: mostly the lock is free, and the first use of `performance` loads a module for 0.7 ms.
    startedAt ??= performance.now();
    const remainingMs = startedAt + deadlineMs - performance.now();
    if (remainingMs <= 0) {
      const holder = describeLockHolder(path);
      throw new FileError(
        "BUSY",
        path,
        `cannot lock ${path} within ${deadlineMs / 1000} s: held by ${holder}`,
      );
    }
    // Spread out, so that many waiting processes do not come back all at once.
    await pause(Math.min(remainingMs, pauseMs + randomInt(pauseMs + 1)), signal);
  }
}

/** `undefined` when someone else has it. Opened anew for each try: the path may name a new file by then. */
function tryLock(path: string): DatabaseSync | undefined {
  createLockFile(path);
  const sqlite = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path);
    database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE"); // in memory: no journal file beside the lock
    return database;
  } catch (error) {
    database?.close();
    const reason = sqliteErrorNumber(error);
    if (reason === sqliteBusy) {
      return undefined;
    }
    if (reason === sqliteNotADatabase) {
      throw new FileError("NOT-A-LOCK", path, `cannot lock ${path}: it is not a lock file`, { cause: error });
    }
    throw FileError.from(error, "lock", path);
  }
}

/**
 * SQLite would make the file as the umask says, and would open one it may not write for reading only, where
 * "exclusive" excludes nobody. So the file is made here, and refused here.
 */
function createLockFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") {
      throw FileError.from(error, "lock", path);
    }
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
    } catch (denied) {
      throw FileError.from(denied, "lock", path);
    }
  }
}

/** Loaded on first use. Node 22 announces on stderr that SQLite is new; that is no news for an administrator. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** @see https://www.sqlite.org/rescode.html */
const sqliteBusy = 5;
const sqliteNotADatabase = 26;

function sqliteErrorNumber(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff // the low byte is the primary result code
    : undefined;
}

/** Rejects with the signal's own reason instead of an error about a timer. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    const { setTimeout } = await import("node:timers/promises");
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
