import type { EnrollmentResult } from "../../protocol/index.ts";
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
 * The end of a run before its work is done: at its deadline, and on SIGTERM. certmonger reads stdout to its end and has
 * no time-out (measured on 0.79.17 and 0.79.21), so the deadline is the helper's to keep.
 */
export class Stop {
  /** What a stopped request is answered with, when the helper has said where a later run can go on. */
  resumption: EnrollmentResult | undefined;
  #reason: Stopped | undefined;
  #controller: AbortController | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor() {
    for (const name of stopSignals) {
      process.on(name, () => this.#stop(`stopped by ${name} before the CA had answered`));
    }
  }

  /** Why the run has to end; undefined as long as it need not. */
  get reason(): Stopped | undefined {
    return this.#reason;
  }

  /** For work that can be aborted. Made when it is first asked for: many helpers never do, and it takes 0.3 ms. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Calls `listener` when the run has to end, at once when it has to already. */
  whenStopped(listener: () => void): void {
    if (this.#reason === undefined) this.#listeners.push(listener);
    else listener();
  }

  /** The deadline starts when the options that set it are known. */
  after(seconds: number): void {
    const text = `no answer within ${describeSeconds(seconds)} (--timeout)`;
    setTimeout(() => this.#stop(text), Math.min(seconds * 1_000, longestTimerMs)).unref();
  }

  #stop(message: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = new Stopped(message);
    this.#controller?.abort(this.#reason);
    for (const listener of this.#listeners) listener();
  }
}

/**
 * What the work gives; or, when the run is stopped and the work does not end within two seconds, what
 * `fallback` makes of the reason. Work that fails because it was stopped counts as not ended.
 */
export async function orWhenStopped<T>(
  work: Promise<T>,
  stop: Stop,
  fallback: (reason: string) => T,
): Promise<T> {
  const graceOver = Promise.withResolvers<T>();
  const instead = () => fallback(stop.reason?.message ?? "stopped");
  stop.whenStopped(() => setTimeout(() => graceOver.resolve(instead()), graceMs).unref());
  try {
    return await Promise.race([work, graceOver.promise]);
  } catch (error) {
    if (stop.reason !== undefined) return instead();
    throw error;
  }
}
