import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** A process to start: nothing of the caller's environment reaches it. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Done before each run, outside of what is measured. */
  readonly before?: () => void;
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
 * @throws {Error} when it ends with another status than 0 or prints nothing that `expect` finds
 */
export function measure({ argv, environment, before }: Command, expect: RegExp): Cost {
  before?.();
  const number = wait4[process.arch];
  if (number === undefined) throw new Error(`cannot measure on ${process.arch}`);
  const { output, error } = spawnSync(
    "/usr/bin/perl",
    [join(import.meta.dirname, "measure.pl"), number, ...argv],
    {
      env: { ...environment },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      encoding: "utf8",
    },
  );
  if (error !== undefined) throw error;
  const [, stdout, stderr, report] = output;
  const [status, wallUs = 0, cpuUs = 0, peakKib = 0] = (report ?? "").trim().split(" ").map(Number);
  if (status !== 0 || !expect.test(stdout ?? "")) {
    throw new Error(`${argv.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  }
  return { wallMs: wallUs / 1000, cpuMs: cpuUs / 1000, peakMib: peakKib / 1024 };
}
