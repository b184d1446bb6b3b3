import { type Alarm, Alarms } from "./alarms.ts";

/** A length of time, the parts added together. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/** Where the daemon takes its time from. */
export interface Clock {
  now(): Date;
  /** Runs `work` once at that time, or at once when it is past; @returns what cancels it */
  schedule(at: Date, work: () => void): () => void;
  /** Tells the clock that something is under way: a moved clock stands still until it is over. */
  hold(): () => void;
}

/** The computer's clock. */
export class SystemClock implements Clock {
  now(): Date {
    return new Date();
  }

  schedule(at: Date, work: () => void): () => void {
    let timer: NodeJS.Timeout;
    const dueAfter = performance.now() + at.getTime() - Date.now();
    const wait = (): void => {
      // A clock that is set back makes nobody wait longer; one that is set forward is seen within a day. (setTimeout
      // takes no more than 24.8.)
      const left = Math.min(at.getTime() - Date.now(), dueAfter - performance.now());
      timer = left > 0 ? setTimeout(wait, Math.min(left, longestTimerMs)) : setTimeout(work, 0);
    };
    wait();
    return () => clearTimeout(timer);
  }

  hold(): () => void {
    return () => {};
  }
}

const longestTimerMs = 24 * 60 * 60 * 1000;

/** A clock that stands still until it is moved: a test lives through a year in a second. */
export class ManualClock implements Clock {
  readonly #madeAt = Date.now();
  readonly #alarms = new Alarms();
  #now: number;
  #held = 0;
  #whenFree: (() => void)[] = [];

  /** @param start default: now */
  constructor(start: Date = new Date()) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  schedule(at: Date, work: () => void): () => void {
    const alarm = { at: at.getTime(), work };
    this.#alarms.add(alarm);
    if (alarm.at <= this.#now) setImmediate(() => this.#ring(alarm));
    return () => void this.#alarms.remove(alarm);
  }

  hold(): () => void {
    let isHeld = true;
    this.#held++;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#held === 0) setImmediate(() => this.#release());
    };
  }

  /**
   * Moves the clock on. What falls due on the way happens at its time and in its order, and is finished before
   * the clock goes on: a helper that runs, and what its answer leads to.
   */
  async advance(duration: Duration): Promise<void> {
    const target = this.#now + milliseconds(duration);
    for (;;) {
      await this.isFree();
      const { next } = this.#alarms;
      if (next === undefined || next.at > target) break;
      this.#now = Math.max(this.#now, next.at);
      this.#ring(next);
    }
    this.#now = target;
  }

  /** How far it has been moved, or was set, from the computer's clock; that it stands still meanwhile does not count. */
  get offsetMs(): number {
    return this.#now - this.#madeAt;
  }

  /** Waits until nothing is under way. */
  async isFree(): Promise<void> {
    // What was just resolved may be about to start something.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#held > 0) {
      await new Promise<void>((resolve) => this.#whenFree.push(resolve));
    }
  }

  #release(): void {
    if (this.#held > 0) return;
    for (const resolve of this.#whenFree.splice(0)) resolve();
  }

  #ring(alarm: Alarm): void {
    if (this.#alarms.remove(alarm)) alarm.work();
  }
}

export function milliseconds({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration): number {
  return 1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days)));
}
