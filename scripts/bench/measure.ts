import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** A process to start: nothing of the caller's environment reaches it. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Done before each run, outside of what is measured. */
  readonly before?: () => void;
  /** A command that runs its arguments somewhere else, in a namespace say; it is not measured. */
  readonly within?: readonly string[];
  /** How it has to end; default 0. */
  readonly exitStatus?: number;
}

/** What one run cost. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The largest resident set, with the pages of files that are mapped. */
  readonly peakMib: number;
}

/** wait4(2) has another number on each architecture. */
const wait4: Readonly<Record<string, string>> = { x64: "61", arm64: "260" };

/**
 * Runs a command to its end and says what it cost.
 *
 * @throws {Error} when it ends with another status than it should or prints nothing that `expect` finds
 */
export function measure(command: Command, expect: RegExp): Cost {
  const { argv, environment = {}, before, within = [], exitStatus = 0 } = command;
  before?.();
  const number = wait4[process.arch];
  if (number === undefined) throw new Error(`cannot measure on ${process.arch}`);
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const measuring = ["/usr/bin/perl", join(import.meta.dirname, "measure.pl"), number, ...argv];
  const [program = "", ...words] = [...within, "/usr/bin/env", "-i", ...settings, ...measuring];
  const { output, error } = spawnSync(program, words, {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    encoding: "utf8",
    // A list of ten thousand certificates.
    maxBuffer: 64 * 2 ** 20,
  });
  if (error !== undefined) throw error;
  const [, stdout, stderr, report] = output;
  const [status, wallUs = 0, cpuUs = 0, peakKib = 0] = (report ?? "").trim().split(" ").map(Number);
  if (status !== exitStatus || !expect.test(stdout ?? "")) {
    throw new Error(`${argv.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  }
  return { wallMs: wallUs / 1000, cpuMs: cpuUs / 1000, peakMib: peakKib / 1024 };
}
