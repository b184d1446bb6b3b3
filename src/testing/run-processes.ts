import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The processes of one run: those whose environment holds this `NAME=value`.
 *
 * A run gets a TMPDIR of its own, and what it starts inherits it. So even a process that made a session of its
 * own, closed stdout and lost its parent is found. (Not one with a new environment, or of another user that we may
 * not look at.)
 */
export function processesWith(variable: string): number[] {
  const wanted = `\0${variable}\0`;
  return processIds().filter((pid) => `\0${read(`/proc/${pid}/environ`)}\0`.includes(wanted));
}

/**
 * Ends every process whose TMPDIR lies below a directory. One that is just becoming another program (execve) has no
 * environment for a moment and is overlooked, so this looks until it has seen none twice.
 */
export async function endProcessesBelow(directory: string): Promise<void> {
  for (let clean = 0; clean < 2; ) {
    const found = processIds().filter((pid) =>
      `\0${read(`/proc/${pid}/environ`)}`.includes(`\0TMPDIR=${directory}/`),
    );
    killAll(found);
    clean = found.length === 0 ? clean + 1 : 0;
    await sleep(20);
  }
}

/** The arguments of a process, its own name included; empty when it has ended. */
export function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
}

/** Ends processes at once; those that are gone already do not matter. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
}

function processIds(): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
