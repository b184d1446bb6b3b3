import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessName } from "../process/process-table.ts";
import { runCommand } from "../process/run-command.ts";
import { argumentsOf, killAll, processesWith } from "./run-processes.ts";

/** One run of the helper: what it was given and what was seen of it. */
export interface Run {
  /** What was tried, for a person: `SUBMIT of a CSR with an EC P-256 key`. */
  readonly scenario: string;
  /** The value of CERTMONGER_OPERATION, empty when it was not set. */
  readonly operation: string;
  readonly argv: readonly string[];
  /** All of it, as the helper got it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absent when a signal ended it, or it never started. */
  readonly exitStatus?: number;
  readonly signal?: string;
  /** Why it could not be started. */
  readonly notStarted?: string;
  /** It did not end by itself: what the harness ended it for. */
  readonly stoppedBy?: "deadline" | "abort" | "output-limit";
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly durationMs: number;
  readonly stdoutHeld?: { readonly afterExitMs: number; readonly by: readonly ProcessName[] };
  readonly stdoutClosedEarly?: { readonly beforeExitMs: number };
  /** Names of processes that were still there afterwards; they were ended. */
  readonly leftProcesses: readonly string[];
  /** Names of files that it left in TMPDIR. */
  readonly leftFiles: readonly string[];
  /** Where one of the secrets turned up. */
  readonly leaks: readonly Leak[];
  /** It was disturbed on purpose (signals, network faults): checks about every run pass it over. */
  readonly disturbed: boolean;
}

export interface Leak {
  readonly where: "argv" | "stdout" | "stderr" | "file";
  /** The command or the file; never the secret. */
  readonly what: string;
}

export interface RunSpec {
  readonly scenario: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly deadlineMs: number;
  /** Directory that becomes TMPDIR; made before the run and removed after it. */
  readonly temporaryDirectory: string;
  /** Texts that must not turn up anywhere, byte for byte (latin1). */
  readonly secrets?: readonly string[];
  /** Send SIGTERM after this time, SIGKILL two seconds later. */
  readonly terminateAfterMs?: number;
  /** Send SIGKILL to all of it after this time. */
  readonly killAfterMs?: number;
  /** Ends it, and all that it started. */
  readonly signal?: AbortSignal;
  /** See `Run.disturbed`. */
  readonly disturbed?: boolean;
}

/** More than any chain of certificates; certmonger itself has no limit and would hold all of it in memory. */
export const maximumOutputBytes = 8 * 1024 * 1024;

/** Runs the helper once, exactly as certmonger does, and watches it. Nothing of it is left running. */
export async function runOnce(spec: RunSpec): Promise<Run> {
  const { temporaryDirectory, secrets = [] } = spec;
  await mkdir(temporaryDirectory, { mode: 0o700, recursive: true });
  const environment: Record<string, string> = { ...spec.environment, TMPDIR: temporaryDirectory };
  const marker = `TMPDIR=${temporaryDirectory}`;
  const over = new AbortController();
  const argvLeaks = secrets.length > 0 ? watchArguments(marker, spec, over.signal) : Promise.resolve([]);
  const timers = [
    after(spec.terminateAfterMs, () => over.abort()),
    after(spec.killAfterMs, () => killAll(processesWith(marker))),
  ];
  const result = await runCommand({
    argv: spec.argv,
    environment,
    ...(spec.directory !== undefined && { directory: spec.directory }),
    deadlineMs: spec.deadlineMs,
    maximumOutputBytes,
    signal: AbortSignal.any([over.signal, ...(spec.signal ? [spec.signal] : [])]),
  });
  for (const timer of timers) clearTimeout(timer);
  over.abort();
  const strays = await endStrays(marker);
  const left = await takeLeftFiles(temporaryDirectory, secrets);
  const base = {
    scenario: spec.scenario,
    operation: environment.CERTMONGER_OPERATION ?? "",
    argv: spec.argv,
    environment,
    leftFiles: left.files,
    disturbed: spec.disturbed ?? false,
  };
  if (result.status === "not-started") {
    const nothing = { stdout: new Uint8Array(0), stderr: "", durationMs: 0, leftProcesses: [], leaks: [] };
    return { ...base, ...nothing, notStarted: result.reason };
  }
  const { stdout, stderr, durationMs, stoppedBy, stdoutHeld, stdoutClosedEarly, leftBehind } = result;
  const streams = [
    { where: "stdout", text: Buffer.from(stdout).toString("latin1") },
    { where: "stderr", text: Buffer.from(stderr).toString("latin1") },
  ] as const;
  const spoken = streams.filter(({ text }) => secrets.some((secret) => text.includes(secret)));
  return {
    ...base,
    ...(result.status === "exited" ? { exitStatus: result.exitStatus } : { signal: result.signal }),
    ...(stoppedBy && { stoppedBy }),
    ...(stdoutHeld && { stdoutHeld }),
    ...(stdoutClosedEarly && { stdoutClosedEarly }),
    stdout,
    stderr,
    durationMs,
    leftProcesses: [...leftBehind.map(({ name }) => name), ...strays],
    leaks: [
      ...(await argvLeaks),
      ...spoken.map(({ where }) => ({ where, what: where }) as const),
      ...left.leaks,
    ],
  };
}

function after(delayMs: number | undefined, action: () => void): NodeJS.Timeout | undefined {
  return delayMs === undefined ? undefined : setTimeout(action, delayMs);
}

/** Ends what the run left behind in sessions of its own; says what that was. */
async function endStrays(marker: string): Promise<string[]> {
  if (processesWith(marker).length === 0) return [];
  // Most are just about to end.
  await sleep(50);
  const strays = processesWith(marker);
  const names = strays.map((pid) => argumentsOf(pid)[0] ?? "unknown");
  killAll(strays);
  return names;
}

/**
 * Looks at the process table until the run is over: a short-lived process may be missed, a long-lived one is not.
 * What the harness was told to put on the helper's own command line does not count.
 */
async function watchArguments(
  marker: string,
  { argv, secrets = [] }: RunSpec,
  over: AbortSignal,
): Promise<Leak[]> {
  const given = argv.slice(1).join("\0");
  const seen = new Map<string, Leak>();
  while (!over.aborted) {
    for (const pid of processesWith(marker)) {
      const [command = "", ...rest] = argumentsOf(pid);
      const isHelper = given !== "" && rest.join("\0").endsWith(given);
      if (!isHelper && rest.some((word) => secrets.some((secret) => word.includes(secret)))) {
        seen.set(command, { where: "argv", what: command });
      }
    }
    await sleep(4, undefined, { signal: over }).catch(() => undefined);
  }
  return [...seen.values()];
}

async function takeLeftFiles(
  directory: string,
  secrets: readonly string[],
): Promise<{ files: string[]; leaks: Leak[] }> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  const leaks: Leak[] = [];
  for (const file of secrets.length > 0 ? files.filter((entry) => entry.isFile()) : []) {
    const content = await readFile(join(file.parentPath, file.name), "latin1").catch(() => "");
    if (secrets.some((secret) => content.includes(secret))) leaks.push({ where: "file", what: file.name });
  }
  await rm(directory, { recursive: true, force: true });
  return { files: entries.map((entry) => entry.name), leaks };
}

/**
 * Whether somebody was seen to have stdout open after the exit. The times alone do not say so: on a busy machine this
 * process itself may notice the end of stdout late.
 */
export function isHeld({ stdoutHeld }: Run): boolean {
  return stdoutHeld !== undefined && stdoutHeld.by.length > 0;
}

/** stdout as text; what is no UTF-8 becomes the replacement character. */
export function stdoutText(run: Run): string {
  return Buffer.from(run.stdout).toString("utf8");
}

/** How a run ended, for a person: `exit status 3`, `killed by SIGSEGV`, `stopped after 30 s`. */
export function describeEnd(run: Run): string {
  if (run.notStarted !== undefined) return `not started: ${run.notStarted}`;
  if (run.stoppedBy === "deadline")
    return `still running after ${Math.round(run.durationMs / 1000)} s, stopped`;
  if (run.stoppedBy === "output-limit") return "stopped: its output had no end";
  if (run.signal !== undefined) return `killed by ${run.signal}`;
  return `exit status ${run.exitStatus}`;
}
