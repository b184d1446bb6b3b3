import { describeSeconds } from "./duration.ts";

/** How long a stopped run may still use to come to an end of its own: clean up, answer `wait`. */
const graceMs = 2_000;

/** Node runs a timer with more than 31 bits at once. */
const longestTimerMs = 2 ** 31 - 1;

const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Why a run was cut short: the text is the message for the administrator. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/**
 * A signal that aborts when the run has to end: at its deadline, and on SIGTERM. certmonger reads stdout to
 * its end and has no time-out (measured on 0.79.17 and 0.79.21), so the deadline is the helper's to keep.
 */
export function stopSignal(): { signal: AbortSignal; after(seconds: number): void } {
  const controller = new AbortController();
  const stop = (message: string) => controller.abort(new Stopped(message));
  for (const name of stopSignals)
    process.on(name, () => stop(`stopped by ${name} before the CA had answered`));
  return {
    signal: controller.signal,
    /** The deadline starts when the options that set it are known. */
    after(seconds: number) {
      const text = `no answer within ${describeSeconds(seconds)} (--timeout)`;
      setTimeout(() => stop(text), Math.min(seconds * 1_000, longestTimerMs)).unref();
    },
  };
}

/**
 * What the work gives; or, when the run is stopped and the work does not end within two seconds, what
 * `fallback` makes of the reason. Work that fails because it was stopped counts as not ended.
 */
export async function orWhenStopped<T>(
  work: Promise<T>,
  signal: AbortSignal,
  fallback: (reason: string) => T,
): Promise<T> {
  const graceOver = Promise.withResolvers<T>();
  const startGrace = () => {
    setTimeout(() => graceOver.resolve(fallback(reasonOf(signal))), graceMs).unref();
  };
  if (signal.aborted) startGrace();
  else signal.addEventListener("abort", startGrace, { once: true });
  try {
    return await Promise.race([work, graceOver.promise]);
  } catch (error) {
    if (signal.aborted) return fallback(reasonOf(signal));
    throw error;
  }
}

export function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : "stopped";
}
