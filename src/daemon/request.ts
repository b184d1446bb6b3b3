import { changedKeys } from "./ca.ts";
import { caPlacesOfRequest } from "./ca-certificates.ts";
import { DaemonError } from "./error.ts";
import type { Changes, RequestRecord } from "./fields.ts";
import type { Household } from "./household.ts";
import type { NextStep, TrackedRequest } from "./interface.ts";
import {
  afterRestart,
  type MachineEvent,
  merge,
  type Next,
  type Outcome,
  type Situation,
  step,
  type Work,
} from "./machine.ts";
import { checkPlaces, checkSharing } from "./new-request.ts";
import { factsOf, parseState, type RequestState } from "./states.ts";
import { StorageError } from "./storage/storage.ts";
import type { Kept } from "./store.ts";
import { doWork, hooksFor } from "./work.ts";

const defaultDeadlineMs = 30_000;

/** What a stop ends when it takes too long; it is done again after the next start. */
const cutShort: ReadonlySet<Work> = new Set<Work>(["run-pre-save", "run-post-save", "notify"]);

/** Keys that say where something is kept. */
const placeKeys = /_storage_|_nickname$|_(files|dbs)$/;

/** A request that lives: steps through the machine, does what the machine asks for, waits. */
export class ActiveRequest implements TrackedRequest {
  readonly number: number;
  readonly #household: Household;
  readonly #reaching = new Set<() => void>();
  #kept: Kept<RequestRecord>;
  #saved: RequestRecord;
  #next: NextStep | undefined;
  #isRemoved = false;
  /** The loop that is running; absent while the request is stopped. */
  #life: Life | undefined;

  constructor(number: number, kept: Kept<RequestRecord>, household: Household) {
    this.number = number;
    this.#household = household;
    this.#saved = kept.record;
    this.#kept = { ...kept, record: afterRestart(kept.record) };
  }

  get record(): RequestRecord {
    return this.#kept.record;
  }

  get path(): string {
    return this.#kept.path;
  }

  get state(): RequestState {
    return parseState(this.record.state);
  }

  get isStuck(): boolean {
    return factsOf(this.state).isStuck;
  }

  get next(): NextStep | undefined {
    return this.#next;
  }

  start(): void {
    if (this.#isRemoved || this.#life !== undefined) return;
    const life = new Life(this.#household.settings.clock.hold());
    this.#life = life;
    this.#household.settings.log(3, `${this.#title()} starts (${this.state})`);
    life.over = this.#live(life).catch((error: unknown) => {
      this.#household.settings.log(0, `${this.#title()}: ${error instanceof Error ? error.stack : error}`);
    });
  }

  /** Waits for what is under way; the answer of a running helper is thrown away, as certmonger does. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    life.stop();
    await life.over;
    life.release();
    if (this.#life === life) this.#life = undefined;
    this.#replace(afterRestart(this.record));
  }

  /** Stops for good. */
  async end(): Promise<void> {
    this.#isRemoved = true;
    await this.stop();
    this.#wakeReaching();
  }

  /** Writes what has not been written yet. @returns whether it is on the disk */
  async flush(): Promise<boolean> {
    if (this.#saved === this.record) return true;
    const { record } = this;
    const isSaved = await this.#household.saveRequest(this.#kept);
    if (isSaved) this.#saved = record;
    return isSaved;
  }

  async modify(changes: Changes<RequestRecord>): Promise<void> {
    const wanted = merge(this.record, changes);
    const others = this.#household.requestRecords().filter((record) => record !== this.record);
    if (wanted.id !== this.record.id && others.some(({ id }) => id === wanted.id)) {
      throw new DaemonError("duplicate", `There is already a request with the nickname "${wanted.id}".`);
    }
    if (Object.keys(changes).some((key) => placeKeys.test(key))) {
      await checkPlaces(wanted);
      checkSharing(wanted, others);
    }
    await this.#change((record) => merge(record, changes));
  }

  async resubmit(): Promise<void> {
    await this.#change((record) => ({
      ...record,
      state: hasRightKey(record) ? "NEED_CSR" : "NEED_KEY_PAIR",
    }));
  }

  async rekey(): Promise<void> {
    await this.#change((record) => ({ ...record, state: "NEED_KEY_PAIR" }));
  }

  async refresh(): Promise<boolean> {
    if (this.state !== "CA_WORKING" && this.state !== "CA_UNREACHABLE") return false;
    await this.#change((record) => record);
    return true;
  }

  /** Starts it anew from the last resting state. */
  async restart(): Promise<void> {
    await this.#change((record) => record);
  }

  async #change(change: (record: RequestRecord) => RequestRecord): Promise<void> {
    const { queues, settings } = this.#household;
    const release = settings.clock.hold();
    try {
      await queues.run([`request ${this.number}`], async () => {
        if (this.#isRemoved) {
          throw new DaemonError("no_such_entry", "No request found with specified nickname.");
        }
        await this.stop();
        this.#replace(change(this.record));
        await this.flush();
        this.start();
      });
    } finally {
      release();
    }
  }

  async reaches(state: RequestState, { deadlineMs = defaultDeadlineMs } = {}): Promise<void> {
    if (this.state === state) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.state === state) resolve();
      else if (this.#isRemoved) reject(new Error(`${this.#title()} was removed`));
      else if (this.isStuck) reject(new Error(this.#whyNot(state, "is stuck")));
    };
    const deadline = setTimeout(
      () => reject(new Error(this.#whyNot(state, `after ${deadlineMs / 1000} s is still`))),
      deadlineMs,
    );
    this.#reaching.add(look);
    try {
      // A state that is left right now, after a resubmit, does not count as stuck.
      if (this.#life !== undefined && this.#next !== undefined) look();
      await promise;
    } finally {
      clearTimeout(deadline);
      this.#reaching.delete(look);
    }
  }

  #whyNot(state: RequestState, how: string): string {
    const reason = this.record.ca_error === undefined ? "" : `: ${this.record.ca_error}`;
    return `request "${this.record.id}" does not reach ${state}, it ${how} in ${this.state}${reason}`;
  }

  async #live(life: Life): Promise<void> {
    let event: MachineEvent = { type: "proceed" };
    while (!life.isStopped) {
      const { record, next } = step(this.record, event, this.#situation());
      this.#replace(record);
      if (next.kind === "proceed") {
        event = { type: "proceed" };
        continue;
      }
      // On the disk before anything is done: what a kill finds there is never ahead of the world by more than this.
      await this.flush();
      const outcome = await this.#carryOut(next, life);
      if (outcome === "stopped") return;
      event = outcome === undefined ? { type: "proceed" } : { type: "ended", outcome };
    }
    await this.flush();
  }

  /** @returns how work ended; nothing when a wait is over */
  async #carryOut(
    next: Exclude<Next, { kind: "proceed" }>,
    life: Life,
  ): Promise<Outcome | "stopped" | undefined> {
    const { settings } = this.#household;
    const { clock, log } = settings;
    switch (next.kind) {
      case "work": {
        this.#next = undefined;
        const save = async (changes: Changes<RequestRecord>): Promise<void> => {
          this.#replace(merge(this.record, changes));
          if (!(await this.flush())) throw new StorageError("failed", `cannot write ${this.path}`);
        };
        const outcome = await doWork(next.work, this.record, { household: this.#household, save });
        if (!life.isStopped) return outcome;
        const isCutShort = settings.abort.aborted && cutShort.has(next.work);
        if (next.work !== "run-helper" && !isCutShort) {
          // What was done is done: only the answer of a helper is thrown away.
          this.#replace(step(this.record, { type: "ended", outcome }, this.#situation()).record);
        }
        return "stopped";
      }
      case "wait": {
        const at = new Date(clock.now().getTime() + next.seconds * 1000);
        log(3, `Will revisit ${this.#title()} in ${next.seconds} seconds.`);
        return (await this.#rest(life, at)) ? undefined : "stopped";
      }
      case "rest":
        log(3, `Waiting for instructions for ${this.#title()}.`);
        return (await this.#rest(life)) ? undefined : "stopped";
    }
  }

  /** @returns false when the request was stopped before that time */
  async #rest(life: Life, at?: Date): Promise<boolean> {
    if (life.isStopped) return false;
    const { clock } = this.#household.settings;
    this.#next = at === undefined ? {} : { at };
    this.#wakeReaching();
    const over = Promise.withResolvers<boolean>();
    const cancel =
      at === undefined
        ? undefined
        : clock.schedule(at, () => {
            life.hold(clock.hold());
            over.resolve(true);
          });
    life.onStop = () => over.resolve(false);
    life.release();
    const isDue = await over.promise;
    cancel?.();
    life.onStop = undefined;
    this.#next = undefined;
    return isDue;
  }

  #replace(record: RequestRecord): void {
    const before = this.#kept.record;
    if (before === record) return;
    const keys = changedKeys(before, record);
    if (keys.length === 0) return;
    this.#kept = { ...this.#kept, record };
    const { emit, settings } = this.#household;
    const [stateBefore, stateAfter] = [parseState(before.state), this.state];
    if (stateBefore !== stateAfter) {
      settings.log(3, `${this.#title()} moved to state '${stateAfter}'`);
      emit({ type: "request-state", request: this, before: stateBefore, after: stateAfter });
      if (stateAfter === "SAVED_CERT") emit({ type: "certificate-saved", request: this });
      for (const look of this.#reaching) look();
    }
    emit({ type: "request-changed", request: this, keys });
  }

  #wakeReaching(): void {
    for (const look of this.#reaching) look();
  }

  /** What the machine asks for, worked out only when it does. */
  #situation(): Situation {
    const household = this.#household;
    const { record } = this;
    const { clock, configuration } = household.settings;
    return {
      now: clock.now(),
      notifyTtls: configuration.notifyTtls,
      enrollTtls: configuration.enrollTtls,
      ...(configuration.maxKeyUseCount !== undefined && { maxKeyUseCount: configuration.maxKeyUseCount }),
      ...(configuration.maxKeyLifetimeSeconds !== undefined && {
        maxKeyLifetimeSeconds: configuration.maxKeyLifetimeSeconds,
      }),
      ...(configuration.defaultCa !== undefined && { defaultCa: configuration.defaultCa }),
      get cas() {
        return household.caRecords().map(({ id, ca_issuer_names = [], ca_is_default = false }) => ({
          id,
          issuerNames: ca_issuer_names,
          isDefault: ca_is_default,
        }));
      },
      get hasPreSave() {
        return hooksFor("pre", record, household).length > 0;
      },
      get hasPostSave() {
        return hooksFor("post", record, household).length > 0;
      },
      get hasCaCertificatesToSave() {
        const ca = household.findCaRecord(record.ca_name);
        const isWanted =
          [...caPlacesOfRequest(record, "files"), ...caPlacesOfRequest(record, "dbs")].length > 0;
        return isWanted && [ca?.ca_root_certs, ca?.ca_other_root_certs, ca?.ca_other_certs].some(Boolean);
      },
    };
  }

  #title(): string {
    return `Request${this.number}('${this.record.id}')`;
  }
}

/** Is there a key, and is it of the kind that is wished for? */
function hasRightKey(record: RequestRecord): boolean {
  if (record.key_pubkey_info === undefined) return false;
  const { key_type, key_gen_type, key_size = 0, key_gen_size = 0 } = record;
  const isRightType = key_gen_type === undefined || key_type === undefined || key_gen_type === key_type;
  return isRightType && (key_gen_size === 0 || key_size === 0 || key_size >= key_gen_size);
}

/** One run of a request's loop, from a start to a stop. */
class Life {
  isStopped = false;
  over: Promise<void> = Promise.resolve();
  onStop: (() => void) | undefined;
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  /** The clock stands still while the request is at work. */
  hold(release: () => void): void {
    this.#release?.();
    this.#release = release;
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }

  stop(): void {
    this.isStopped = true;
    this.onStop?.();
  }
}
