import { ownSymbols } from "./native.ts";

/** A function of a C library, as koffi gives it. */
export interface NativeFunction<A extends unknown[], R> {
  (...args: A): R;
  async(...args: [...A, callback: (error: Error | null, result: R) => void]): void;
}

let callsInProgress = 0;

/**
 * Calls a function of C on a thread of its own, because it may block: libkrb5 waits 27 s for a KDC that takes
 * connections and never answers, and nothing can interrupt it (measured).
 */
export function inBackground<A extends unknown[], R>(call: NativeFunction<A, R>, ...args: A): Promise<R> {
  endInTime();
  callsInProgress++;
  return new Promise((resolve, reject) => {
    call.async(...args, (error, result) => {
      callsInProgress--;
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

let isWatching = false;
let isHasty = false;

/**
 * Leaves out Node's own tidying up at the end of this process, whatever its exit status: 4 to 9 ms of a helper's run
 * (measured). For a process that had a ticket, and whose reply is written before it exits; not for a worker thread.
 */
export function endHastily(): void {
  // What a profile is written by is part of that tidying up.
  isHasty = !process.execArgv.some((flag) => flag.startsWith("--cpu-prof"));
}

/**
 * `process.exit` waits for a thread that is inside C, 27 s if need be. So when the process ends while one is,
 * libc's `_exit` ends it at once, with the same exit status. By then the reply is written.
 */
function endInTime(): void {
  if (isWatching) return;
  isWatching = true;
  const exitNow: (status: number) => void = ownSymbols().func("void _exit(int status)");
  process.on("exit", (status) => {
    if (isHasty || (callsInProgress > 0 && isWholeProcess())) exitNow(status);
  });
}

/** Whether this is no worker thread, whose end is not the end of the process. Loading the module takes 1 ms. */
function isWholeProcess(): boolean {
  return process.getBuiltinModule("node:worker_threads").isMainThread;
}

/**
 * What `work` gives; or rejects with the signal's reason as soon as that aborts. The work goes on meanwhile, and
 * what it gives in the end is handed to `discard`.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  discard: (result: T) => void = () => {},
): Promise<T> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    work.then(discard, () => {});
    aborted.reject(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([aborted.promise, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
