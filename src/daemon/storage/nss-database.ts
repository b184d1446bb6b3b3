import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { helperEnvironment } from "../../process/helper-environment.ts";
import { runCommand } from "../../process/run-command.ts";
import { makeScratchDirectory } from "../../process/scratch-directory.ts";
import { StorageError } from "./storage.ts";

const deadlineMs = 60_000;

/** A tool that outlived a killed daemon would write between the tools of the next one. */
const endsWithUs = ["setpriv", "--pdeathsig", "KILL", "--"];

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

  private constructor(directory: string, scratch: string) {
    this.#directory = directory;
    this.#scratch = scratch;
  }

  /** Does `work` with a database and a private directory for what the tools read and write. */
  static async use<T>(
    location: string,
    pin: string | undefined,
    work: (database: NssDatabase) => Promise<T>,
  ): Promise<T> {
    const directory = location.replace(/^sql:/, "");
    if (directory.startsWith("dbm:")) {
      throw new StorageError("failed", `${location}: only databases of the kind sql: can be used`);
    }
    const scratch = await makeScratchDirectory();
    try {
      await writeFile(join(scratch, "pin"), pin === undefined ? "" : `${pin}\n`, { mode: 0o600 });
      return await work(new NssDatabase(directory, scratch));
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

  /** Makes the database when there is none; its password is the PIN, if there is one. */
  async create(pin: string | undefined): Promise<void> {
    if (this.exists) return;
    await this.certutil("-N", ...(pin === undefined ? ["--empty-password"] : []));
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
    return path;
  }

  /** Random octets that certutil asks for at a terminal otherwise. */
  async noise(): Promise<string> {
    return await this.writeScratch("noise", randomBytes(64));
  }

  async #run(name: string, words: readonly string[]): Promise<ToolRun> {
    const run = await runCommand({
      argv: [...endsWithUs, name, ...words],
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
  return /PR_NO_ACCESS_RIGHTS_ERROR|SEC_ERROR_READ_ONLY|permission/i.test(said)
    ? new StorageError("no-permission", message)
    : new StorageError("failed", message);
}
