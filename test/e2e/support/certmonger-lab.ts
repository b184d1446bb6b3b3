import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Background, startInBackground } from "./background.ts";
import { eventually } from "./eventually.ts";
import { type HelperRun, readHelperRuns } from "./helper-runs.ts";
import { attempt, type Finished, run } from "./run.ts";

const script = (name: string) =>
  fileURLToPath(new URL(`../../../scripts/lab/certmonger/${name}`, import.meta.url));

export interface LabOptions {
  /** certmonger.conf; the default only turns notifications off. */
  readonly configuration?: string;
  /** Talk over a private bus, where certmonger runs pre- and post-save commands, not over a private socket. */
  readonly bus?: boolean;
  /** Offset of the clock of daemon and helpers, such as `-340d`; needs the package faketime. */
  readonly clock?: string;
}

/** How many questions a daemon asks a CA, each with a phase of its own. */
const phaseCount = 8;

/** The installed certmonger, running privately: all its files in a directory of its own. */
export class CertmongerLab {
  readonly directory: string;
  readonly #environment: Record<string, string>;
  readonly #bus: boolean;
  #processes: Background[] = [];

  private constructor(directory: string, bus: boolean) {
    this.directory = directory;
    this.#bus = bus;
    this.#environment = {
      CERTMONGER_CONFIG_DIR: join(directory, "config"),
      ...(bus
        ? { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${directory}/bus`, CERTMONGER_PVT_ADDRESS: "" }
        : { CERTMONGER_PVT_ADDRESS: `unix:path=${directory}/socket` }),
    };
  }

  /** Starts a daemon with nothing but certmonger's own CAs, and waits until it answers. */
  static async start(options: LabOptions = {}): Promise<CertmongerLab> {
    const directory = await mkdtemp(join(tmpdir(), "certmonger-lab-"));
    const lab = new CertmongerLab(directory, options.bus ?? false);
    if (options.configuration !== undefined) {
      await run("mkdir", ["-p", lab.path("config")]);
      await writeFile(lab.path("config/certmonger.conf"), options.configuration);
    }
    await lab.startDaemon(options.clock);
    return lab;
  }

  /** A path below the lab's directory. */
  path(relative: string): string {
    return join(this.directory, relative);
  }

  /** Starts the daemon, after `start` only to be used when `stopDaemon` has stopped it. */
  async startDaemon(clock = ""): Promise<void> {
    await writeFile(this.path("clock"), clock);
    if (this.#bus) {
      this.#processes.push(startInBackground(script("bus.sh"), [this.directory], this.path("bus.log")));
      await this.#appears("bus");
    }
    const daemonArgs = this.#bus ? [this.directory, "bus"] : [this.directory];
    this.#processes.push(startInBackground(script("daemon.sh"), daemonArgs, this.path("daemon.log")));
    if (!this.#bus) await this.#appears("socket");
    const answers = async () => (await this.tryGetcert("list")).exitStatus === 0;
    await this.#eventually("certmonger answers getcert", answers, 20_000);
  }

  /** Stops the daemon and all it started; the directory stays. Fails when it had to be killed. */
  async stopDaemon(): Promise<void> {
    const processes = this.#processes.reverse();
    this.#processes = [];
    for (const process of processes) {
      if (!(await process.stop())) throw new Error(`certmonger did not stop when asked\n${this.log()}`);
    }
  }

  /** Stops everything and removes the directory. */
  async stop(): Promise<void> {
    try {
      await this.stopDaemon();
    } finally {
      await rm(this.directory, { recursive: true, force: true });
    }
  }

  /** Runs `getcert` against this daemon, whatever its exit status. */
  tryGetcert(...args: string[]): Promise<Finished> {
    return attempt("getcert", args, { environment: this.#environment });
  }

  /** Runs `getcert` against this daemon, which must succeed, and returns its stdout. */
  async getcert(...args: string[]): Promise<string> {
    const { exitStatus, stdout, stderr } = await this.tryGetcert(...args);
    if (exitStatus !== 0) {
      const list = (await this.tryGetcert("list")).stdout;
      throw new Error(
        `getcert ${args.join(" ")}: exit status ${exitStatus}\n${stdout}${stderr}${list}${this.#logTail()}`,
      );
    }
    return stdout;
  }

  /** Adds a CA that runs `helper`, traced. Returns at once: certmonger asks its eight questions meanwhile. */
  async addCa(nickname: string, helper: readonly string[]): Promise<void> {
    await this.getcert("add-ca", "-c", nickname, "-e", this.helperCommand(helper));
  }

  /** What to give to `getcert add-ca -e` or `modify-ca -e`, so that the runs of the helper are kept. */
  helperCommand(helper: readonly string[]): string {
    // Between single quotes certmonger takes every character as it is.
    return [script("trace-helper.sh"), this.directory, ...helper].map((word) => `'${word}'`).join(" ");
  }

  /** Waits until the eight questions of a CA are answered; until then an answer may restart its requests. */
  async caIsSettled(nickname: string): Promise<void> {
    const about = new RegExp(`^.*\\('${nickname}'\\)\\.(\\w+).*$`, "gm");
    const isSettled = () => {
      const last = new Map([...this.log().matchAll(about)].map(([line, phase]) => [phase, line]));
      // What the daemon writes about a phase when it will not come back to it soon.
      const resting = [...last.values()].filter((line) =>
        /Waiting for instructions| in \d+ seconds/.test(line),
      );
      return resting.length === phaseCount && last.size === phaseCount;
    };
    await this.#eventually(`CA ${nickname} has answered all its questions`, isSettled);
  }

  /** The state of a request as `getcert list` shows it: `MONITORING`, `CA_REJECTED`, … */
  async state(id: string): Promise<string> {
    const list = await this.getcert("list", "-i", id);
    return /^\tstatus: (\w+)$/m.exec(list)?.[1] ?? "";
  }

  /** Waits until a request is in a state. */
  async reaches(id: string, state: string, deadlineMs?: number): Promise<void> {
    await this.#eventually(
      `request ${id} reaches ${state}`,
      async () => (await this.state(id)) === state,
      deadlineMs,
    );
  }

  /**
   * A property of a CA on D-Bus, in the words of `dbus-send`. Needs `bus: true`: over a private socket
   * certmonger answers getcert, and not this.
   */
  async caProperty(nickname: string, property: string): Promise<string> {
    const name = "org.fedorahosted.certmonger";
    const call = (object: string, method: string, ...args: string[]) => {
      const destination = ["--system", `--dest=${name}`, "--print-reply=literal", object, method];
      return run("dbus-send", [...destination, ...args], { environment: this.#environment });
    };
    const ca = await call(
      "/org/fedorahosted/certmonger",
      `${name}.find_ca_by_nickname`,
      `string:${nickname}`,
    );
    const get = "org.freedesktop.DBus.Properties.Get";
    return call(ca.trim(), get, `string:${name}.ca`, `string:${property}`);
  }

  /** The runs of helpers so far, optionally of one operation. */
  helperRuns(operation?: string): HelperRun[] {
    const runs = readHelperRuns(this.path("trace"));
    return operation === undefined ? runs : runs.filter((helperRun) => helperRun.operation === operation);
  }

  /** The daemon's log of all its starts, at the level that shows each change of state. */
  log(): string {
    const file = this.path("daemon.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  #logTail(): string {
    return this.log().split("\n").slice(-60).join("\n");
  }

  async #appears(socket: string): Promise<void> {
    const probe = () => {
      if (!this.#processes.every((process) => process.isRunning()))
        throw new Error(`it ended\n${this.log()}`);
      return existsSync(this.path(socket));
    };
    await this.#eventually(`the ${socket} appears`, probe, 20_000);
  }

  async #eventually(
    what: string,
    probe: () => boolean | Promise<boolean>,
    deadlineMs?: number,
  ): Promise<void> {
    const explain = () => this.#logTail();
    await eventually(what, probe, { explain, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  }
}
