import type { StartError } from "./find-executable.ts";
import type { ProcessName } from "./process-table.ts";

export interface Command {
  /** The command and its arguments; the command is looked up on the environment's PATH. */
  readonly argv: readonly string[];
  /** The whole environment; nothing is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory; default `/`, as certmonger's. */
  readonly directory?: string;
  /** When to stop it, in milliseconds after its start. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Stop it when stdout exceeds this; default 16 MiB. (certmonger has no limit.) */
  readonly maximumOutputBytes?: number;
}

/** What became of a command. */
export type CommandRun = NotStarted | Exited | Killed;

export interface NotStarted extends StartError {
  readonly status: "not-started";
}

export interface Exited extends Observed {
  readonly status: "exited";
  readonly exitStatus: number;
}

export interface Killed extends Observed {
  readonly status: "killed";
  readonly signal: NodeJS.Signals;
}

/** What was seen of a command that started. */
export interface Observed {
  /** At most `maximumOutputBytes` of it. */
  readonly stdout: Uint8Array;
  /** The first 64 KiB. certmonger does not read it. */
  readonly stderr: string;
  /** From the start until the command has ended and stdout is at its end: certmonger waits for both. */
  readonly durationMs: number;
  /** Why we ended it; absent when it ended by itself. It may have answered our SIGTERM with an exit status. */
  readonly stoppedBy?: StopReason;
  /** It exited, but others kept its stdout open: certmonger waits for them, for ever if need be. */
  readonly stdoutHeld?: { readonly afterExitMs: number; readonly by: readonly ProcessName[] };
  /** It closed its stdout and went on: certmonger, D-Bus and all, stands still until the exit. */
  readonly stdoutClosedEarly?: { readonly beforeExitMs: number };
  /** Processes of its session that were still there when all was over. They were killed. */
  readonly leftBehind: readonly ProcessName[];
}

export type StopReason = "deadline" | "abort" | "output-limit";
