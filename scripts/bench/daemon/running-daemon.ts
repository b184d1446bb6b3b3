import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { certmonger, managerInterface } from "../../../src/bus/certmonger.ts";
import { connectToPeer } from "../../../src/bus/connect.ts";
import { BusError } from "../../../src/bus/error.ts";
import { projectDirectory } from "../../build/project.ts";
import { configDirectory } from "./tracked-store.ts";

/** Our daemon as the built executable, or the installed certmonger. */
export type DaemonName = "ours" | "certmonger";

/** What something took on the clock, and of processors. */
export interface Time {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** certmonger reads every key and certificate again before it listens: 20 s for 1,000. */
const startDeadlineMs = 300_000;

/** A daemon with all its files in a directory of its own, on a private socket. */
export class RunningDaemon {
  readonly name: DaemonName;
  readonly directory: string;
  /** From the start of the process to the first answer on D-Bus, its helpers' processor time apart. */
  readonly start: Time;
  readonly #process: ChildProcess;

  private constructor(name: DaemonName, directory: string, wallMs: number, process: ChildProcess) {
    this.name = name;
    this.directory = directory;
    this.#process = process;
    this.start = { wallMs, cpuMs: this.cpuMs() };
  }

  /**
   * Starts a daemon on what is in the directory. Both log each change of a state, into a file.
   *
   * @param bin where the built executable is
   */
  static async launch(name: DaemonName, directory: string, bin: string): Promise<RunningDaemon> {
    const argv =
      name === "ours"
        ? [join(bin, "certmonger-helper"), "daemon", "--directory", directory, "-L", "-d", "3"]
        : [join(projectDirectory, "scripts/lab/certmonger/daemon.sh"), directory];
    const [program = "", ...words] = argv;
    const log = openSync(join(directory, "daemon.log"), "w", 0o600);
    const started = performance.now();
    const child = spawn(program, words, {
      stdio: ["ignore", log, log],
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", CERTMONGER_CONFIG_DIR: configDirectory(directory) },
    });
    closeSync(log);
    const answers = await untilItAnswers(directory, child, started + startDeadlineMs);
    if (!answers) {
      await end(child);
      throw new Error(`${argv.join(" ")} does not answer:\n${logOf(directory)}`);
    }
    return new RunningDaemon(name, directory, performance.now() - started, child);
  }

  get address(): string {
    return addressIn(this.directory);
  }

  get log(): string {
    return logOf(this.directory);
  }

  /** The largest resident set so far, in MB (10^6). */
  peakMb(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return (Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** The processor time so far, user and system, in steps of 10 ms. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8");
    // After the name, which may hold anything, in parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Lets it run on one processor only, with all its threads. */
  pin(processor: string): void {
    execFileSync("taskset", ["-a", "-p", "-c", processor, String(this.#process.pid)], { stdio: "pipe" });
  }

  async stop(): Promise<void> {
    await end(this.#process);
  }
}

const addressIn = (directory: string): string => `unix:path=${join(directory, "socket")}`;

const logOf = (directory: string): string =>
  readFileSync(join(directory, "daemon.log"), "utf8").split("\n").slice(-40).join("\n");

/** @returns false when the process ended or the deadline passed */
async function untilItAnswers(directory: string, child: ChildProcess, deadline: number): Promise<boolean> {
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    try {
      const connection = await connectToPeer(addressIn(directory));
      const call = { destination: certmonger.name, path: certmonger.path, interface: managerInterface.name };
      await connection.call({ ...call, member: "get_known_cas" }, 60_000);
      connection.close();
      return true;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      await sleep(5);
    }
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await ended;
  clearTimeout(late);
}
