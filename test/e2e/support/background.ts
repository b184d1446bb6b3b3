import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { eventually } from "./eventually.ts";

/** A program that runs beside the test, in a process group of its own, until it is stopped. */
export interface Background {
  isRunning(): boolean;
  /**
   * Asks it to end and waits; after ten seconds ends the whole group. Returns only when no process of
   * the group is left.
   *
   * @returns whether it ended by itself
   */
  stop(): Promise<boolean>;
}

/** Starts a program with stdin at /dev/null and both outputs appended to `logFile`. */
export function startInBackground(
  program: string,
  args: readonly string[],
  logFile: string,
  environment: NodeJS.ProcessEnv = process.env,
): Background {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log], env: environment });
  closeSync(log);
  // A program that can not be started shows by `isRunning`; its reason is in the error event only.
  child.on("error", (error) => process.stderr.write(`${program}: ${error.message}\n`));
  return { isRunning: () => isRunning(child), stop: () => stop(child) };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess): Promise<boolean> {
  if (child.pid === undefined) return true;
  const group = -child.pid;
  if (isRunning(child)) child.kill("SIGTERM");
  let endedByItself = true;
  await eventually("the process ends", () => !isRunning(child), { deadlineMs: 10_000 }).catch(() => {
    endedByItself = false;
  });
  signalGroup(group, "SIGKILL");
  await eventually(`process group ${child.pid} is empty`, () => !signalGroup(group, 0), {
    deadlineMs: 10_000,
  });
  return endedByItself;
}

/** Sends a signal to a group; `false` when the group has no process. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(group, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
