import { changedKeys } from "./ca.ts";
import { DaemonError } from "./error.ts";
import { type Changes, merge, type RequestRecord } from "./fields.ts";
import type { Household } from "./household.ts";
import type { NextStep, TrackedRequest } from "./interface.ts";
import { afterRestart } from "./machine.ts";
import { checkPlaces, checkSharing } from "./new-request.ts";
import { type Living, RequestLife } from "./request-life.ts";
import { factsOf, parseState, type RequestState } from "./states.ts";
import type { Kept } from "./store.ts";

const defaultDeadlineMs = 30_000;

/** Keys that say where something is kept. */
const placeKeys = /_storage_|_nickname$|_(files|dbs)$/;

/** A request as its owner sees it: its record and the file of it, changes from outside, who is to hear of them. */
export class ActiveRequest implements TrackedRequest {
  readonly number: number;
  readonly #household: Household;
  readonly #reaching = new Set<() => void>();
  #kept: Kept<RequestRecord>;
  #saved: RequestRecord;
  #next: NextStep | undefined;
  #why: string | undefined;
  #isRemoved = false;
  /** Absent while the request is stopped. */
  #life: RequestLife | undefined;

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
    if (this.#isRemoved || this.#life !== undefined || this.#household.isStopping()) return;
    this.#household.settings.log(3, `${this.#title()} starts (${this.state})`);
    const life = new RequestLife(this.#living());
    this.#life = life;
    life.begin();
  }

  /** Waits for what is under way; the answer of a running helper is thrown away, as certmonger does. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    await life.stop();
    if (this.#life === life) this.#life = undefined;
    this.#replace(afterRestart(this.record));
  }

  /** Stops for good. */
  async end(): Promise<void> {
    this.#isRemoved = true;
    await this.stop();
    this.#wakeReaching();
  }

  /** The daemon ends: waits for what is under way, changes too, and writes it. */
  async close(): Promise<void> {
    await this.stop();
    await this.#household.queues.run([`request ${this.number}`], () => this.flush());
  }

  /** Writes what has not been written yet. @returns why it is not on the disk; `undefined` when it is */
  async flush(): Promise<string | undefined> {
    if (this.#saved === this.record) return undefined;
    const { record } = this;
    const problem = await this.#household.saveRequest(this.#kept);
    if (problem === undefined) this.#saved = record;
    return problem;
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
      else if (this.isStuck) reject(new Error(this.#whyNot(state, "is stuck in")));
    };
    const deadline = setTimeout(
      () => reject(new Error(this.#whyNot(state, `is after ${deadlineMs / 1000} s still in`))),
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
    const problem = this.record.ca_error ?? this.#why;
    const reason = problem === undefined ? "" : `: ${problem}`;
    return `request "${this.record.id}" does not reach ${state}, it ${how} ${this.state}${reason}`;
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

  /** What a run of this request may do with it. */
  #living(): Living {
    return {
      household: this.#household,
      title: () => this.#title(),
      record: () => this.record,
      replace: (record) => this.#replace(record),
      flush: () => this.flush(),
      heard: (why) => {
        this.#why = why;
      },
      waitsFor: (next) => {
        this.#next = next;
        if (next !== undefined) this.#wakeReaching();
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
