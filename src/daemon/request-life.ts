import { merge, type RequestRecord } from "./fields.ts";
import type { Household } from "./household.ts";
import type { NextStep } from "./interface.ts";
import { type MachineEvent, type Next, step } from "./machine.ts";
import type { Outcome, Work } from "./outcome.ts";
import { situationOf } from "./situation.ts";
import { StorageError } from "./storage/storage.ts";
import { doWork } from "./work.ts";

/** What a stop ends when it takes too long; it is done again after the next start. */
const cutShort: ReadonlySet<Work> = new Set<Work>(["run-pre-save", "run-post-save", "notify"]);

/** The request that is lived: where its record is read, replaced and written down. */
export interface Living {
  readonly household: Household;
  /** For the log: `Request1('web')`. */
  title(): string;
  record(): RequestRecord;
  replace(record: RequestRecord): void;
  /** Writes the record to the disk. @returns why it is not there; `undefined` when it is */
  flush(): Promise<string | undefined>;
  /** Why what it asked for ended as it did; `undefined`: its record says it. */
  heard(why: string | undefined): void;
  /** It now waits for this; `undefined`: it is at work. */
  waitsFor(next: NextStep | undefined): void;
}

/**
 * One run of a request, from a start to a stop: a step of the machine, the record to the disk, what the machine asks for, and
 * so on. Holds the clock while there is something to do.
 */
export class RequestLife {
  readonly #request: Living;
  #over: Promise<void> = Promise.resolve();
  #isStopped = false;
  #onStop: (() => void) | undefined;
  #release: (() => void) | undefined;

  constructor(request: Living) {
    this.#request = request;
  }

  begin(): void {
    const { clock, log } = this.#request.household.settings;
    this.#release = clock.hold();
    this.#over = this.#live().catch((error: unknown) =>
      log(0, `${this.#request.title()}: ${error instanceof Error ? error.stack : error}`),
    );
  }

  /** Waits for what is under way; the answer of a running helper is thrown away, as certmonger does. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#onStop?.();
    await this.#over;
    this.#letClockGo();
  }

  async #live(): Promise<void> {
    const request = this.#request;
    let event: MachineEvent = { type: "proceed" };
    while (!this.#isStopped) {
      const { record, next } = step(
        request.record(),
        event,
        situationOf(request.record(), request.household),
      );
      request.replace(record);
      if (next.kind === "proceed") {
        event = { type: "proceed" };
        continue;
      }
      // On the disk before anything is done: what a kill finds there is never ahead of the world by more than this.
      await request.flush();
      const outcome = await this.#carryOut(next);
      if (outcome === "stopped") return;
      event = outcome === undefined ? { type: "proceed" } : { type: "ended", outcome };
    }
    await request.flush();
  }

  /** @returns how work ended; nothing when a wait is over */
  async #carryOut(next: Exclude<Next, { kind: "proceed" }>): Promise<Outcome | "stopped" | undefined> {
    const request = this.#request;
    const { abort, clock, log } = request.household.settings;
    switch (next.kind) {
      case "work": {
        request.waitsFor(undefined);
        const outcome = await doWork(next.work, request.record(), {
          household: request.household,
          save: async (changes) => {
            request.replace(merge(request.record(), changes));
            const problem = await request.flush();
            if (problem !== undefined) throw new StorageError("failed", problem);
          },
        });
        request.heard(outcome.why);
        if (!this.#isStopped) return outcome;
        const isCutShort = abort.aborted && cutShort.has(next.work);
        if (next.work !== "run-helper" && !isCutShort) {
          // What was done is done: only the answer of a helper is thrown away.
          const situation = situationOf(request.record(), request.household);
          request.replace(step(request.record(), { type: "ended", outcome }, situation).record);
        }
        return "stopped";
      }
      case "wait": {
        const at = new Date(clock.now().getTime() + next.seconds * 1000);
        log(3, `Will revisit ${request.title()} in ${next.seconds} seconds.`);
        return (await this.#rest(at)) ? undefined : "stopped";
      }
      case "rest":
        log(3, `Waiting for instructions for ${request.title()}.`);
        return (await this.#rest()) ? undefined : "stopped";
    }
  }

  /** @returns false when the request was stopped before that time */
  async #rest(at?: Date): Promise<boolean> {
    if (this.#isStopped) return false;
    const { clock } = this.#request.household.settings;
    this.#request.waitsFor(at === undefined ? {} : { at });
    const over = Promise.withResolvers<boolean>();
    const wake = (): void => {
      this.#letClockGo();
      this.#release = clock.hold();
      over.resolve(true);
    };
    const cancel = at === undefined ? undefined : clock.schedule(at, wake);
    this.#onStop = () => over.resolve(false);
    this.#letClockGo();
    const isDue = await over.promise;
    cancel?.();
    this.#onStop = undefined;
    this.#request.waitsFor(undefined);
    return isDue;
  }

  #letClockGo(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
