import { readCaAnswer } from "./ca-answer.ts";
import { type CaRecord, type Changes, merge } from "./fields.ts";
import { runHelper } from "./helper-run.ts";
import { collectHooks, runHooks } from "./hooks.ts";
import type { Household } from "./household.ts";
import type { TrackedCa } from "./interface.ts";
import { caPlaces, saveCaCertificates } from "./save-ca-certificates.ts";
import { type CaPhase, type CaState, caPhases } from "./states.ts";
import type { Kept } from "./store.ts";

interface Phase {
  state: CaState;
  /** The question is being asked, or its answer worked on. */
  running: Promise<void> | undefined;
  cancelTimer: (() => void) | undefined;
}

const phaseNames: readonly CaPhase[] = Object.keys(caPhases).map((name) => name as CaPhase);

/** A CA, with its eight questions: asked all at once at the start, when it is added, and when someone asks for it. */
export class ActiveCa implements TrackedCa {
  readonly number: number;
  readonly #household: Household;
  readonly #phases: ReadonlyMap<CaPhase, Phase>;
  #kept: Kept<CaRecord>;
  #isStopped = false;

  constructor(number: number, kept: Kept<CaRecord>, household: Household) {
    this.number = number;
    this.#kept = kept;
    this.#household = household;
    this.#phases = new Map(
      phaseNames.map((name) => [
        name,
        { state: "NEED_TO_REFRESH", running: undefined, cancelTimer: undefined },
      ]),
    );
  }

  get record(): CaRecord {
    return this.#kept.record;
  }

  get path(): string {
    return this.#kept.path;
  }

  get phases(): ReadonlyMap<CaPhase, CaState> {
    return new Map([...this.#phases].map(([name, { state }]) => [name, state]));
  }

  async modify(changes: Changes<CaRecord>): Promise<void> {
    const isOtherHelper =
      "ca_external_helper" in changes && changes.ca_external_helper !== this.record.ca_external_helper;
    await this.change((record) => merge(record, changes));
    if (isOtherHelper) this.refresh();
  }

  /** Replaces the record and saves it. */
  async change(change: (record: CaRecord) => CaRecord): Promise<void> {
    const before = this.record;
    const record = change(before);
    const keys = changedKeys(before, record);
    if (keys.length === 0) return;
    this.#kept = { ...this.#kept, record };
    this.#household.emit({ type: "ca-changed", ca: this, keys });
    await this.#household.saveCa(this.#kept);
  }

  refresh(): void {
    for (const name of this.#phases.keys()) this.#ask(name);
  }

  async settles(): Promise<void> {
    for (;;) {
      const running = [...this.#phases.values()].flatMap(({ running }) => running ?? []);
      if (running.length === 0) return;
      await Promise.all(running);
    }
  }

  /** Lets what is under way end, and asks nothing more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const phase of this.#phases.values()) phase.cancelTimer?.();
    await this.settles();
  }

  #ask(name: CaPhase): void {
    const phase = this.#phases.get(name);
    if (phase === undefined || this.#isStopped) return;
    phase.cancelTimer?.();
    phase.cancelTimer = undefined;
    // A question that is under way will have its answer soon enough.
    if (phase.running !== undefined) return;
    const { clock, log } = this.#household.settings;
    const release = clock.hold();
    phase.running = this.#answer(name)
      .catch((error: unknown) =>
        log(0, `${this.#title(name)}: ${error instanceof Error ? error.message : error}`),
      )
      .finally(() => {
        phase.running = undefined;
        release();
      });
  }

  async #answer(name: CaPhase): Promise<void> {
    const { settings } = this.#household;
    if (this.record.ca_type !== "EXTERNAL") {
      this.#moveTo(name, "DISABLED");
      settings.log(3, `Waiting for instructions for ${this.#title(name)}.`);
      return;
    }
    this.#moveTo(name, "REFRESHING");
    const invocation = { operation: caPhases[name], caNickname: this.record.id };
    const run = await runHelper(this.record, invocation, settings);
    if (this.#isStopped) return;
    const answer = readCaAnswer(name, run, {
      now: settings.clock.now(),
      deadlineMs: settings.helperDeadlineMs,
    });
    for (const problem of answer.problems ?? []) settings.log(0, `${this.#title(name)}: ${problem}`);
    const before = this.record;
    if (answer.changes !== undefined) {
      const changes = answer.changes;
      await this.change((record) => merge(record, changes));
    }
    if (this.record !== before) await this.#useNewData(name);
    this.#moveTo(name, answer.state);
    this.#planNext(name, answer.againSeconds);
  }

  async #useNewData(name: CaPhase): Promise<void> {
    const { settings } = this.#household;
    settings.log(3, `${this.#title(name)} data updated`);
    if (name === "certs") {
      this.#moveTo(name, "NEED_TO_SAVE_DATA");
      await this.#saveRoots(name);
      this.#moveTo(name, "NEED_TO_ANALYZE");
      this.#moveTo(name, "ANALYZING");
      return;
    }
    this.#moveTo(name, "NEED_TO_ANALYZE");
    if (settings.restartRequestsOnChange) this.#household.restartRequestsOf(this.record.id);
  }

  async #saveRoots(name: CaPhase): Promise<void> {
    const { settings } = this.#household;
    const locations = caPlaces(this.#household, this.record, undefined).map(
      ({ kind, place }) => `${kind === "files" ? "FILE" : "NSSDB"}:${place}`,
    );
    const requests = this.#household.requestRecords();
    const cas = this.#household.caRecords();
    this.#moveTo(name, "PRE_SAVE_DATA");
    await runHooks(collectHooks("pre", locations, requests, cas), settings);
    this.#moveTo(name, "START_SAVING_DATA");
    this.#moveTo(name, "SAVING_DATA");
    await saveCaCertificates(this.#household, this.record, undefined);
    this.#moveTo(name, "NEED_POST_SAVE_DATA");
    this.#moveTo(name, "POST_SAVE_DATA");
    await runHooks(collectHooks("post", locations, requests, cas), settings);
    this.#moveTo(name, "SAVED_DATA");
  }

  #planNext(name: CaPhase, seconds: number | undefined): void {
    const { clock, log } = this.#household.settings;
    const phase = this.#phases.get(name);
    if (seconds === undefined || phase === undefined || this.#isStopped) {
      log(3, `Waiting for instructions for ${this.#title(name)}.`);
      return;
    }
    log(3, `Will revisit ${this.#title(name)} in ${seconds} seconds.`);
    const at = new Date(clock.now().getTime() + seconds * 1000);
    phase.cancelTimer = clock.schedule(at, () => this.#ask(name));
  }

  #moveTo(name: CaPhase, state: CaState): void {
    const phase = this.#phases.get(name);
    if (phase === undefined || phase.state === state) return;
    const before = phase.state;
    phase.state = state;
    this.#household.settings.log(3, `${this.#title(name)} moved to state '${state}'`);
    this.#household.emit({ type: "ca-state", ca: this, phase: name, before, after: state });
  }

  #title(name: CaPhase): string {
    return `CA${this.number}('${this.record.id}').${name}`;
  }
}

/** The keys whose values differ; lists and dates are compared by what is in them. */
export function changedKeys<R extends object>(before: R, after: R): (keyof R)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof R & string>;
  return [...keys].filter((key) => !isSame(before[key], after[key]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
