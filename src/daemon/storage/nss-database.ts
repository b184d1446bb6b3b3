import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../files/error.ts";
import { replaceFile } from "../../files/replace-file.ts";
import { helperEnvironment } from "../../process/helper-environment.ts";
import { runCommand } from "../../process/run-command.ts";
import { makeScratchDirectory } from "../../process/scratch-directory.ts";
import { accountOf, storageError } from "./file-access.ts";
import { StorageError } from "./storage.ts";

const deadlineMs = 60_000;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A tool that outlived a killed daemon would write between the tools of the next one: so it ends with this process. */
function setpriv(account: Account | undefined): string[] {
  const identity =
    account === undefined ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, "--init-groups"];
  return ["setpriv", "--pdeathsig", "KILL", ...identity, "--"];
}

async function findAccount(user: string): Promise<Account | undefined> {
  try {
    const account = await accountOf(user);
    return account.uid === process.geteuid?.() ? undefined : account;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError("failed", reason, { cause: error });
  }
}

/** How a tool of libnss3-tools ended. */
export interface ToolRun {
  readonly isDone: boolean;
  readonly stdout: string;
  /** Everything it said: certutil complains on stdout as well as on stderr. */
  readonly said: string;
}

/**
 * An NSS database (`sql:`), used through certutil and pk12util. Without a shell; PINs only in files of mode 0600 that are
 * gone afterwards, never on a command line.
 */
export class NssDatabase {
  readonly #directory: string;
  readonly #scratch: string;
  /** As whom the tools run; absent: as this process. */
  readonly #account: Account | undefined;

  private constructor(directory: string, scratch: string, account?: Account) {
    this.#directory = directory;
    this.#scratch = scratch;
    this.#account = account;
  }

  /**
   * Does `work` with a database and a private directory for what the tools read and write.
   *
   * @param user `USER` or `USER:GROUP`: as whom the tools run
   */
  static async use<T>(
    location: string,
    pin: string | undefined,
    work: (database: NssDatabase) => Promise<T>,
    user?: string,
  ): Promise<T> {
    const directory = location.replace(/^sql:/, "");
    if (directory.startsWith("dbm:")) {
      throw new StorageError("failed", `${location}: only databases of the kind sql: can be used`);
    }
    const scratch = await makeScratchDirectory();
    try {
      const account = user ? await findAccount(user) : undefined;
      if (account !== undefined) await chown(scratch, account.uid, account.gid);
      const database = new NssDatabase(directory, scratch, account);
      await database.writeScratch("pin", pin === undefined ? "" : `${pin}\n`);
      return await work(database);
    } finally {
      await rm(scratch, { recursive: true });
    }
  }

  get exists(): boolean {
    return existsSync(join(this.#directory, "cert9.db"));
  }

  /** A copy for what must leave no traces; it goes when the work is over. */
  async copy(): Promise<NssDatabase> {
    const directory = this.path("copy");
    await mkdir(directory, { mode: 0o700 });
    for (const name of ["cert9.db", "key4.db"]) {
      await copyFile(join(this.#directory, name), join(directory, name));
    }
    return new NssDatabase(directory, this.#scratch);
  }

  /**
   * Makes the database when there is none; its password is the PIN, if there is one. It is made aside: one that a kill left
   * half made would have no password, and every PIN for it would be wrong.
   */
  async create(pin: string | undefined): Promise<void> {
    if (this.exists) return;
    const aside = this.path("made");
    await mkdir(aside, { mode: 0o700 });
    if (this.#account !== undefined) await chown(aside, this.#account.uid, this.#account.gid);
    const made = new NssDatabase(aside, this.#scratch, this.#account);
    await made.certutil("-N", ...(pin === undefined ? ["--empty-password"] : []));
    // The one that `exists` looks for comes last.
    for (const name of ["key4.db", "cert9.db"]) await this.#putInPlace(join(aside, name), name);
  }

  async #putInPlace(from: string, name: string): Promise<void> {
    const path = join(this.#directory, name);
    const owner = this.#account && { uid: this.#account.uid, gid: this.#account.gid };
    try {
      await replaceFile(path, await readFile(from), { mustNotExist: true, ...(owner && { owner }) });
    } catch (error) {
      if (!(error instanceof FileError && error.code === "EEXIST")) throw storageError(error, "write", path);
    }
  }

  /** Runs certutil, which must succeed. @throws {StorageError} */
  async certutil(...words: readonly string[]): Promise<string> {
    const run = await this.tryCertutil(...words);
    if (!run.isDone) throw failure(`certutil ${words[0]} in ${this.#directory}`, run.said);
    return run.stdout;
  }

  async tryCertutil(...words: readonly string[]): Promise<ToolRun> {
    return await this.#run("certutil", [...words, "-d", `sql:${this.#directory}`, "-f", this.path("pin")]);
  }

  /** Writes the certificate of that nickname, with its key, to a PKCS#12 file. */
  async exportPkcs12(nickname: string, to: string, passwordFile: string): Promise<void> {
    // The certificate in it is not secret: only the key is encrypted.
    await this.#pk12util("-o", to, "-n", nickname, "-C", "NONE", "-w", passwordFile);
  }

  /** Takes the key and the certificate of a PKCS#12 file into the database. */
  async importPkcs12(from: string, passwordFile: string): Promise<void> {
    await this.#pk12util("-i", from, "-w", passwordFile);
  }

  async #pk12util(...words: readonly string[]): Promise<void> {
    const place = ["-d", `sql:${this.#directory}`, "-k", this.path("pin")];
    const run = await this.#run("pk12util", [...words, ...place]);
    if (!run.isDone) throw failure(`pk12util in ${this.#directory}`, run.said);
  }

  /** A file that goes when the work is over. */
  path(name: string): string {
    return join(this.#scratch, name);
  }

  async writeScratch(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name);
    await writeFile(path, content, { mode: 0o600 });
    if (this.#account !== undefined) await chown(path, this.#account.uid, this.#account.gid);
    return path;
  }

  /** Random octets that certutil asks for at a terminal otherwise. */
  async noise(): Promise<string> {
    return await this.writeScratch("noise", randomBytes(64));
  }

  async #run(name: string, words: readonly string[]): Promise<ToolRun> {
    const run = await runCommand({
      argv: [...setpriv(this.#account), name, ...words],
      environment: helperEnvironment(),
      directory: this.#scratch,
      deadlineMs,
    });
    if (run.status === "not-started") throw new StorageError("need-token", run.reason);
    if (run.status === "exited" && run.exitStatus === 127) {
      throw new StorageError("need-token", `${name}: command not found (Debian: libnss3-tools)`);
    }
    const stdout = Buffer.from(run.stdout).toString("utf8");
    return {
      isDone: run.status === "exited" && run.exitStatus === 0,
      stdout,
      said: `${stdout}\n${run.stderr}`,
    };
  }
}

/** What certutil says, in the terms of the machine. */
function failure(what: string, said: string): StorageError {
  const reason = said.trim().split("\n").at(-1) ?? "";
  const message = `${what}: ${reason}`;
  if (/SEC_ERROR_BAD_PASSWORD|Incorrect password|could not authenticate/i.test(said)) {
    return new StorageError("need-pin", message);
  }
  if (/SEC_ERROR_NO_TOKEN|could not find the slot/i.test(said))
    return new StorageError("need-token", message);
  return /PR_NO_ACCESS_RIGHTS_ERROR|SEC_ERROR_READ_ONLY|permission|not permitted/i.test(said)
    ? new StorageError("no-permission", message)
    : new StorageError("failed", message);
}
