import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { executable } from "./executable.ts";
import { attempt, type Finished, run } from "./run.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/helpers/${name}`, import.meta.url));

/** One of the requests that the daemon is killed over. */
export interface KilledRequest {
  readonly id: string;
  /** Words for `getcert request`. */
  readonly words: readonly string[];
  /** Key file, or the database. */
  readonly keyPlace: string;
  /** Certificate file; absent in a database. */
  readonly certificateFile?: string;
  readonly pinFile?: string;
}

/** What was found of a request at rest. */
export interface Found {
  /** Public key of the private key, PEM. */
  readonly key: string;
  /** Public key in the certificate, PEM. */
  readonly certificateKey: string;
  readonly serial: string;
}

/** The built daemon, to be killed again and again, with twenty requests in files and databases. */
export class KillLab {
  readonly directory: string;
  readonly requests: readonly KilledRequest[];
  #daemon: ChildProcess | undefined;

  private constructor(directory: string) {
    this.directory = directory;
    this.requests = Array.from({ length: 20 }, (_, index) => this.#request(index + 1));
  }

  static async make(): Promise<KillLab> {
    const lab = new KillLab(await mkdtemp(join(tmpdir(), "kill-lab-")));
    for (const name of ["config", "out", "db1", "db2", "tmp"]) await mkdir(lab.path(name));
    writeFileSync(lab.path("config/certmonger.conf"), "[defaults]\nnotification_method=none\n");
    writeFileSync(lab.path("pin"), "secret12\n");
    await run(fixture("sign-with-openssl.sh"), [lab.path("ca")], {
      environment: { CERTMONGER_OPERATION: "IDENTIFY" },
    });
    return lab;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Sixteen keys in files (two RSA, one with a PIN), four in two databases (one with a PIN). */
  #request(number: number): KilledRequest {
    const id = `r${number}`;
    const hooks = ["pre", "post"].flatMap((time) => [
      time === "pre" ? "-B" : "-C",
      `${fixture("keep-serial.sh")} ${this.path(`${id}.${time}`)} ${
        number <= 16 ? this.path(`out/${id}.pem`) : `${this.#database(number)} ${id}`
      }`,
    ]);
    const pin = number === 12 || number >= 19;
    const type = number === 10 || number === 11 || number === 18 ? ["-g", "2048"] : ["-G", "EC", "-g", "256"];
    const words = ["-c", "Test", "-I", id, "-N", `CN=${id}`, "-D", `${id}.example.test`, ...type, ...hooks];
    const pinned = pin ? { pinFile: this.path("pin") } : {};
    const withPin = [...words, ...(pin ? ["-p", this.path("pin")] : [])];
    if (number <= 16) {
      const keyPlace = this.path(`out/${id}.key`);
      const certificateFile = this.path(`out/${id}.pem`);
      const place = ["-k", keyPlace, "-f", certificateFile, "-F", this.path("out/roots.pem")];
      return { id, words: [...withPin, ...place], keyPlace, certificateFile, ...pinned };
    }
    const keyPlace = this.#database(number);
    return { id, words: [...withPin, "-d", keyPlace, "-n", id, "-a", keyPlace], keyPlace, ...pinned };
  }

  #database(number: number): string {
    return this.path(number <= 18 ? "db1" : "db2");
  }

  /** Starts the daemon; @returns when it listens */
  async start(): Promise<void> {
    this.launch();
    await this.listens();
  }

  launch(): void {
    const log = openSync(this.path("daemon.log"), "a", 0o600);
    const words = ["daemon", "--directory", this.directory, "-L", "-d", "3", "--no-installed-cas"];
    words.push("-p", this.path("pid"));
    this.#daemon = spawn(executable("certmonger-helper"), words, {
      stdio: ["ignore", log, log],
      env: { ...process.env, CERTMONGER_CONFIG_DIR: this.path("config"), TMPDIR: this.path("tmp") },
    });
  }

  async listens(): Promise<void> {
    // Not by a connection: a process that the killed daemon had just forked may hold its socket for a moment.
    const isOurs = () => readFileSync(this.path("pid"), "utf8") === `${this.#daemon?.pid}\n`;
    await eventually("the daemon listens", () => existsSync(this.path("pid")) && isOurs(), {
      deadlineMs: 30_000,
      explain: () => this.logTail(),
    });
  }

  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) {
      throw new Error(`the daemon had ended by itself\n${this.logTail()}`);
    }
    const ended = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await ended;
  }

  async end(): Promise<void> {
    if (this.#daemon !== undefined) {
      const ended = once(this.#daemon, "exit");
      this.#daemon.kill("SIGTERM");
      await ended;
    }
    await rm(this.directory, { recursive: true });
  }

  async getcert(...words: string[]): Promise<Finished> {
    return await attempt("getcert", words, {
      environment: { CERTMONGER_PVT_ADDRESS: `unix:path=${this.path("socket")}` },
      timeoutMs: 20_000,
    });
  }

  /** The state of each request. */
  async states(): Promise<Map<string, string>> {
    const { stdout } = await this.getcert("list");
    const found = stdout.matchAll(/^Request ID '(\w+)':\n\tstatus: (\w+)$/gm);
    return new Map([...found].map(([, id = "", state = ""]) => [id, state]));
  }

  async allRest(deadlineMs = 90_000): Promise<void> {
    let states = new Map<string, string>();
    await eventually(
      "every request is in MONITORING",
      async () => {
        states = await this.states();
        return (
          states.size === this.requests.length &&
          [...states.values()].every((state) => state === "MONITORING")
        );
      },
      { deadlineMs, explain: () => `${JSON.stringify([...states])}\n${this.logTail()}` },
    );
  }

  /** What the files hold, seen by openssl and certutil. @throws when they can not be read */
  async find(request: KilledRequest): Promise<Found> {
    const { id, keyPlace, certificateFile, pinFile } = request;
    if (certificateFile === undefined) return await this.#findInDatabase(request);
    const pin = pinFile === undefined ? [] : ["-passin", `file:${pinFile}`];
    const key = await run("openssl", ["pkey", "-in", keyPlace, "-pubout", ...pin]);
    return { key, ...readText(await run("openssl", [...x509, "-in", certificateFile]), id) };
  }

  async #findInDatabase({ id, keyPlace, pinFile }: KilledRequest): Promise<Found> {
    const words = ["-d", `sql:${keyPlace}`, "-f", pinFile ?? "/dev/null"];
    const pem = await run("certutil", ["-L", "-n", id, "-a", ...words]);
    const file = this.path("tmp-certificate");
    writeFileSync(file, pem);
    const found = readText(await run("openssl", [...x509, "-in", file]), id);
    // certutil names a key by its certificate: that there is one is what counts.
    const hasKey = (await this.keysIn(basename(keyPlace))).includes(id);
    return { ...found, key: hasKey ? found.certificateKey : "none" };
  }

  /** All keys in a database, by the names that certutil gives them. */
  async keysIn(database: string): Promise<string[]> {
    const pin =
      this.requests.find(({ keyPlace }) => keyPlace === this.path(database))?.pinFile ?? "/dev/null";
    const words = ["-K", "-d", `sql:${this.path(database)}`, "-f", pin];
    const listed = await attempt("certutil", words);
    return [...listed.stdout.matchAll(/^<\s*\d+>\s+\S+\s+\S+\s+(.*)$/gm)].map(([, name = ""]) =>
      // A key that was made for a rekey keeps the name that it had before.
      name.replace(/^NSS Certificate DB:/, "").replace(/ \(candidate .{8}\)$/, ""),
    );
  }

  /** The nicknames of all certificates in a database. */
  async certificatesIn(database: string): Promise<string[]> {
    const listed = await run("certutil", ["-L", "-d", `sql:${this.path(database)}`]);
    return [...listed.matchAll(/^(.*?) +[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]* *$/gm)].map(([, name = ""]) => name);
  }

  /** Serial numbers that a hook has seen in the place of the certificate. */
  hookSerials(id: string, time: "pre" | "post"): string[] {
    const path = this.path(`${id}.${time}`);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  /** What is wrong in the files at the moment of a kill: half written ones, keys that are gone. */
  problemsAtKill(): string[] {
    return [...this.#problemsOfStore(), ...this.requests.flatMap((request) => this.#problemsOf(request))];
  }

  #problemsOfStore(): string[] {
    const directory = this.path("requests");
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => !name.endsWith(".tmp"))
      .filter((name) => !isWholeRecord(readFileSync(join(directory, name), "utf8")))
      .map((name) => `requests/${name} is not whole`);
  }

  #problemsOf({ id, keyPlace, certificateFile, pinFile }: KilledRequest): string[] {
    if (certificateFile === undefined) return [];
    try {
      const key = existsSync(keyPlace) ? publicHalf(keyPlace, pinFile) : undefined;
      if (!existsSync(certificateFile)) return [];
      const certificate = new X509Certificate(readFileSync(certificateFile));
      if (key === undefined) return [`${id}: there is a certificate without a key`];
      const isFitting = certificate.publicKey.export({ type: "spki", format: "pem" }) === key;
      const isSaving = /SAV/.test(this.storedState(id));
      return isFitting || isSaving ? [] : [`${id}: the key does not fit in state ${this.storedState(id)}`];
    } catch (error) {
      return [`${id}: ${error}`];
    }
  }

  storedState(id: string): string {
    const directory = this.path("requests");
    for (const name of readdirSync(directory)) {
      const text = readFileSync(join(directory, name), "utf8");
      if (text.startsWith(`id=${id}\n`)) return /^state=(\w+)$/m.exec(text)?.[1] ?? "";
    }
    return "";
  }

  /** Files that do not belong to any request at rest. */
  leftovers(): string[] {
    const wanted = new Set([
      ...this.requests.flatMap(({ id }) => [`out/${id}.key`, `out/${id}.pem`]),
      "out/roots.pem",
    ]);
    const found = ["out", "tmp"].flatMap((name) =>
      readdirSync(this.path(name)).map((file) => `${name}/${file}`),
    );
    const store = readdirSync(this.path("requests")).filter((name) => name.endsWith(".tmp"));
    return [...found.filter((name) => !wanted.has(name)), ...store];
  }

  /** Takes a request's files away, after it was removed. */
  async forget(request: KilledRequest): Promise<void> {
    const { id, keyPlace, certificateFile, pinFile } = request;
    for (const time of ["pre", "post"]) rmSync(this.path(`${id}.${time}`), { force: true });
    if (certificateFile !== undefined) {
      // Of a rekey that was under way there is a candidate.
      for (const name of readdirSync(this.path("out"))) {
        if (name.startsWith(`${id}.`)) rmSync(this.path(`out/${name}`));
      }
      return;
    }
    const place = ["-d", `sql:${keyPlace}`, "-f", pinFile ?? "/dev/null"];
    await attempt("certutil", ["-F", "-n", id, ...place]);
    const { stdout } = await attempt("certutil", ["-K", ...place]);
    for (const [, key = ""] of stdout.matchAll(
      new RegExp(`([0-9a-f]{40}) +${id}( \\(candidate .*)?$`, "gm"),
    )) {
      await attempt("certutil", ["-F", "-k", key, ...place]);
    }
    for (const name of await this.certificatesIn(basename(keyPlace))) {
      if (name.startsWith(`${id} (candidate`)) await attempt("certutil", ["-D", "-n", name, ...place]);
    }
  }

  logTail(): string {
    return readFileSync(this.path("daemon.log"), "utf8").split("\n").slice(-40).join("\n");
  }
}

const x509 = ["x509", "-noout", "-pubkey", "-serial"];

function readText(text: string, id: string): { certificateKey: string; serial: string } {
  const [, certificateKey = "", serial = ""] = /^(-----.*-----\n)serial=(\w+)$/ms.exec(text) ?? [];
  if (serial === "") throw new Error(`${id}: openssl says ${text}`);
  return { certificateKey, serial };
}

const isWholeRecord = (text: string): boolean =>
  text.startsWith("id=") && /^state=\w+$/m.test(text) && text.endsWith("\n");

function publicHalf(path: string, pinFile: string | undefined): string {
  const passphrase = pinFile === undefined ? undefined : readFileSync(pinFile, "utf8").trim();
  const key = createPrivateKey({ key: readFileSync(path), ...(passphrase && { passphrase }) });
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}
