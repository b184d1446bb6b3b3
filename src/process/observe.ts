import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Exited, Killed, StopReason } from "./command.ts";
import { holdersOf, isEnding, membersOf, type ProcessName, signalAll } from "./process-table.ts";
import type { Pipe } from "./stdout-pipe.ts";

const defaultMaximumOutputBytes = 16 * 1024 * 1024;
const maximumStderrBytes = 64 * 1024;
/** What SIGTERM, and after it SIGKILL, is given to work. */
const graceMs = 2000;
/** Differences between the ends of a process and of its stdout below this are scheduling, not behaviour. */
const noticeableMs = 50;
/** setTimeout takes more for "at once". */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Watches a command that has started until it has exited and its stdout is at its end; stops it if it must.
 *
 * Too much output stops the command instead of being read and thrown away: it can no longer be a reply, and
 * one that writes without end would keep a processor busy until the deadline.
 */
export async function observe(
  child: ChildProcess,
  startedAt: number,
  pipe: Pipe,
  { deadlineMs, signal, maximumOutputBytes = defaultMaximumOutputBytes }: Command,
): Promise<Exited | Killed> {
  const { pid, stderr: stderrStream } = child;
  if (pid === undefined || stderrStream === null) {
    throw new Error("the command has not been started");
  }
  const { promise: stopRequested, resolve: stop } = Promise.withResolvers<StopReason>();
  const stdout = collect(pipe.reader, maximumOutputBytes, () => stop("output-limit"));
  const stderr = collect(stderrStream, maximumStderrBytes);
  const ends = watchEnds(child, pid, pipe);

  const deadline = setTimeout(stop, Math.min(deadlineMs, longestTimerMs), "deadline");
  const onAbort = () => stop("abort");
  signal?.addEventListener("abort", onAbort);
  const stoppedBy = await Promise.race([ends.over.then(() => undefined), stopRequested]);
  clearTimeout(deadline);
  signal?.removeEventListener("abort", onAbort);

  if (stoppedBy !== undefined) {
    await endAll(child, pid, pipe, ends);
  }
  const leftBehind = await endLeftovers(pid);
  await within(noticeableMs, stderr.closed);
  stderrStream.destroy();

  const exit = ends.exit ?? { at: performance.now(), exitStatus: null, signal: "SIGKILL" as const };
  const stdoutEndedAt = ends.stdoutEnd?.at ?? performance.now();
  const observed = {
    stdout: stdout.bytes(),
    stderr: stderr.bytes().toString("utf8"),
    durationMs: Math.max(exit.at, stdoutEndedAt) - startedAt,
    leftBehind,
    ...(stoppedBy && { stoppedBy }),
    ...(ends.stdoutHolders && {
      stdoutHeld: { afterExitMs: stdoutEndedAt - exit.at, by: ends.stdoutHolders },
    }),
    ...(ends.stdoutEnd?.isEarly &&
      exit.at - stdoutEndedAt >= noticeableMs && {
        stdoutClosedEarly: { beforeExitMs: exit.at - stdoutEndedAt },
      }),
  };
  return exit.exitStatus === null
    ? { status: "killed", signal: exit.signal ?? "SIGKILL", ...observed }
    : { status: "exited", exitStatus: exit.exitStatus, ...observed };
}

interface Ends {
  exit?: { at: number; exitStatus: number | null; signal: NodeJS.Signals | null };
  /** Early: the process was neither gone nor on its way out. */
  stdoutEnd?: { at: number; isEarly: boolean };
  /** Who had stdout open a while after the exit. */
  stdoutHolders?: ProcessName[];
  /** Both have come. */
  over: Promise<unknown>;
}

function watchEnds(child: ChildProcess, pid: number, pipe: Pipe): Ends {
  const exited = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const ends: Ends = { over: Promise.all([exited.promise, ended.promise]) };
  let holderCheck: NodeJS.Timeout | undefined;
  child.once("exit", (exitStatus, signal) => {
    ends.exit = { at: performance.now(), exitStatus, signal };
    holderCheck = setTimeout(() => {
      ends.stdoutHolders = holdersOf(pipe.identity);
    }, noticeableMs);
    exited.resolve();
  });
  pipe.reader.once("close", () => {
    clearTimeout(holderCheck);
    ends.stdoutEnd = { at: performance.now(), isEarly: ends.exit === undefined && !isEnding(pid) };
    ended.resolve();
  });
  return ends;
}

/** Ends a command and all that shares its session or its stdout: first politely, then not. */
async function endAll(child: ChildProcess, pid: number, pipe: Pipe, ends: Ends): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    child.kill(signal);
    signalAll([...membersOf(pid), ...holdersOf(pipe.identity)], signal);
    if (await within(graceMs, ends.over)) {
      return;
    }
  }
  // Not even SIGKILL ends what waits for a dead disk, and nobody shall have to wait with it.
  pipe.reader.destroy();
}

/** Ends what is still there although all is over; says what that was. */
async function endLeftovers(pid: number): Promise<ProcessName[]> {
  if (membersOf(pid).length === 0) {
    return [];
  }
  // Most are just about to end.
  await sleep(noticeableMs);
  const leftBehind = membersOf(pid);
  signalAll(leftBehind, "SIGKILL");
  return leftBehind;
}

async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([event.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}

interface Collected {
  readonly bytes: () => Buffer;
  readonly closed: Promise<void>;
}

/** Reads a stream to its end and keeps the first `maximumBytes`. */
function collect(stream: Readable, maximumBytes: number, onExcess?: () => void): Collected {
  const chunks: Buffer[] = [];
  let room = maximumBytes;
  stream.on("data", (chunk: Buffer) => {
    if (chunk.length > room) {
      onExcess?.();
    }
    if (room > 0) {
      chunks.push(chunk.subarray(0, room));
      room -= Math.min(chunk.length, room);
    }
  });
  // A read that fails ends the stream; what came before it counts.
  stream.on("error", () => {});
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  return { bytes: () => Buffer.concat(chunks), closed };
}
