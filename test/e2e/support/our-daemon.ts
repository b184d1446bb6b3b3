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
  #process: Background | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Starts a daemon and waits until it listens. */
  static async start(options: readonly string[] = []): Promise<OurDaemon> {
    const daemon = new OurDaemon(await mkdtemp(join(tmpdir(), "our-daemon-")));
    await run("mkdir", [join(daemon.directory, "config"), join(daemon.directory, "trace")]);
    const configuration = "[defaults]\nnotification_method=none\n";
    await writeFile(join(daemon.directory, "config", "certmonger.conf"), configuration);
    daemon.#process = startInBackground(
      executable("certmonger-helper"),
      ["daemon", "--directory", daemon.directory, "-L", "-d", "3", ...options],
      join(daemon.directory, "daemon.log"),
      { ...process.env, CERTMONGER_CONFIG_DIR: join(daemon.directory, "config") },
    );
    await eventually("our daemon listens", () => existsSync(join(daemon.directory, "socket")), {
      deadlineMs: 20_000,
      explain: () => daemon.log(),
    });
    return daemon;
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
    const endedByItself = await this.#process?.stop();
    const log = this.log();
    await rm(this.directory, { recursive: true, force: true });
    if (endedByItself === false) throw new Error(`our daemon did not stop when asked\n${log}`);
  }
}
