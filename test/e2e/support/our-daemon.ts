import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Background, startInBackground } from "./background.ts";
import { eventually } from "./eventually.ts";
import { executable } from "./executable.ts";
import { run } from "./run.ts";

/** Our daemon as the built executable, on a private socket: all its files in a directory of its own. */
export class OurDaemon {
  readonly directory: string;
  readonly #options: readonly string[];
  #process: Background | undefined;

  private constructor(directory: string, options: readonly string[]) {
    this.directory = directory;
    this.#options = options;
  }

  /** Starts a daemon and waits until it listens. */
  static async start(
    options: readonly string[] = [],
    configuration = "[defaults]\nnotification_method=none\n",
  ): Promise<OurDaemon> {
    const daemon = new OurDaemon(await mkdtemp(join(tmpdir(), "our-daemon-")), options);
    await run("mkdir", [join(daemon.directory, "config"), join(daemon.directory, "trace")]);
    await writeFile(join(daemon.directory, "config", "certmonger.conf"), configuration);
    await daemon.startDaemon();
    return daemon;
  }

  /** Starts the daemon again after `stopDaemon`. */
  async startDaemon(): Promise<void> {
    this.#process = startInBackground(
      executable("certmonger-helper"),
      ["daemon", "--directory", this.directory, "-L", "-d", "3", ...this.#options],
      join(this.directory, "daemon.log"),
      { ...process.env, CERTMONGER_CONFIG_DIR: join(this.directory, "config") },
    );
    await eventually("our daemon listens", () => existsSync(join(this.directory, "socket")), {
      deadlineMs: 20_000,
      explain: () => this.log(),
    });
  }

  /** Stops it; the directory stays. */
  async stopDaemon(): Promise<void> {
    const endedByItself = await this.#process?.stop();
    this.#process = undefined;
    if (endedByItself === false) throw new Error(`our daemon did not stop when asked\n${this.log()}`);
  }

  get address(): string {
    return `unix:path=${this.directory}/socket`;
  }

  log(): string {
    const file = join(this.directory, "daemon.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Stops it and removes the directory. */
  async stop(): Promise<void> {
    try {
      await this.stopDaemon();
    } finally {
      await rm(this.directory, { recursive: true, force: true });
    }
  }
}
