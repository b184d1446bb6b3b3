import { join } from "node:path";
import { withLock } from "../files/lock.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { removeAbandonedScratchDirectories } from "../process/scratch-directory.ts";
import { builtInCas } from "./built-in-cas.ts";
import { ActiveCa } from "./ca.ts";
import { type Clock, SystemClock } from "./clock.ts";
import { type Configuration, parseConfiguration, readConfiguration } from "./configuration.ts";
import { DaemonError } from "./error.ts";
import { type CaRecord, merge, type RequestRecord } from "./fields.ts";
import { helperClock } from "./helper-clock.ts";
import type { Household } from "./household.ts";
import type { Daemon, DaemonEvent, NewCa, NewRequest, TrackedCa, TrackedRequest } from "./interface.ts";
import { removeUnfinishedFiles } from "./leftovers.ts";
import { completeRequest } from "./new-request.ts";
import type { DaemonOptions } from "./options.ts";
import { Queues } from "./queue.ts";
import { ActiveRequest } from "./request.ts";
import { Saver } from "./saver.ts";
import type { Settings } from "./settings.ts";
import { type Kept, Store } from "./store.ts";

const tenMinutes = 10 * 60 * 1000;

/**
 * Starts a daemon: locks its state, reads what is there, and goes on with it.
 *
 * @throws {FileError} `BUSY` when another daemon has this state
 */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  const { directory } = options;
  makeDirectory(directory);
  // local-submit does not make it, and then has no root to tell of.
  if (options.localCaDirectory === undefined) {
    makeDirectory(join(directory, "local"));
  }
  const lock = options.lockFile ?? join(directory, "certmonger-helper.lock");
  const unlock = await holdLock(lock, options.lockDeadlineMs ?? 0);
  try {
    removeAbandonedScratchDirectories();
    const daemon = new RunningDaemon(options, await readSettings(options), unlock);
    await daemon.begin(options.hasInstalledCas ?? false);
    return daemon;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Takes the lock; @returns what gives it back */
async function holdLock(path: string, deadlineMs: number): Promise<() => void> {
  const taken = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  withLock(path, { deadlineMs }, async () => {
    taken.resolve();
    await over.promise;
  }).catch(taken.reject);
  await taken.promise;
  return over.resolve;
}

type RunningSettings = Settings & {
  readonly abortController: AbortController;
  readonly stopDeadlineMs: number;
};

async function readSettings(options: DaemonOptions): Promise<RunningSettings> {
  const { directory, clock = new SystemClock(), log = () => {} } = options;
  const configDirectory = options.configDirectory ?? join(directory, "config");
  const abortController = new AbortController();
  return {
    clock,
    configuration:
      options.configuration === undefined
        ? await readConfiguration(join(configDirectory, "certmonger.conf"), clock.now())
        : parseConfiguration(options.configuration, clock.now()),
    log,
    environment: {
      ...options.environment,
      CERTMONGER_LOCAL_CA_DIR: options.localCaDirectory ?? join(directory, "local"),
      // Handed down only when it was given, as certmonger does.
      ...(options.configDirectory !== undefined && { CERTMONGER_CONFIG_DIR: options.configDirectory }),
    },
    helperClock: (options.movesHelperClock ?? true) ? helperClock(clock) : () => ({}),
    helperDeadlineMs: options.helperDeadlineMs ?? tenMinutes,
    hookDeadlineMs: options.hookDeadlineMs ?? tenMinutes,
    restartRequestsOnChange: options.restartRequestsOnChange ?? true,
    abort: abortController.signal,
    abortController,
    stopDeadlineMs: options.stopDeadlineMs ?? 10_000,
  };
}

class RunningDaemon implements Daemon {
  readonly #settings: RunningSettings;
  readonly #household: Household;
  readonly #requestStore: Store<RequestRecord>;
  readonly #caStore: Store<CaRecord>;
  readonly #requests = new Map<string, ActiveRequest>();
  readonly #cas = new Map<string, ActiveCa>();
  readonly #requestNumbers = new Map<number, ActiveRequest>();
  readonly #caNumbers = new Map<number, ActiveCa>();
  readonly #listeners = new Set<(event: DaemonEvent) => void>();
  readonly #queues = new Queues();
  readonly #saver: Saver;
  readonly #unlock: () => void;
  #lastRequestNumber = 0;
  #lastCaNumber = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: DaemonOptions, settings: RunningSettings, unlock: () => void) {
    this.#settings = settings;
    this.#unlock = unlock;
    this.#saver = new Saver(this.#queues, settings.log);
    this.#requestStore = Store.ofRequests(options.requestsDirectory ?? join(options.directory, "requests"));
    this.#caStore = Store.ofCas(options.casDirectory ?? join(options.directory, "cas"));
    this.#household = this.#makeHousehold();
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  get configuration(): Configuration {
    return this.#settings.configuration;
  }

  get requests(): readonly TrackedRequest[] {
    return [...this.#requests.values()];
  }

  get cas(): readonly TrackedCa[] {
    return [...this.#cas.values()];
  }

  requestAt(number: number): TrackedRequest | undefined {
    return this.#requestNumbers.get(number);
  }

  caAt(number: number): TrackedCa | undefined {
    return this.#caNumbers.get(number);
  }

  findRequest(id: string): TrackedRequest | undefined {
    return this.#requests.get(id);
  }

  findCa(id: string): TrackedCa | undefined {
    return this.#cas.get(id);
  }

  async begin(hasInstalledCas: boolean): Promise<void> {
    const [cas, requests] = await Promise.all([this.#caStore.load(), this.#requestStore.load()]);
    for (const { path, reason } of [...cas.oddities, ...requests.oddities]) {
      this.#settings.log(0, `${path} is left alone: ${reason}`);
    }
    for (const kept of cas.kept) this.#keepCa(kept);
    for (const record of builtInCas(hasInstalledCas)) {
      if (!this.#cas.has(record.id)) await this.#saveNewCa(record);
    }
    for (const kept of requests.kept) {
      const { state } = this.#keepRequest(kept);
      if (state === "NEED_GUIDANCE" && kept.record.state !== state) {
        this.#settings.log(
          0,
          `${kept.path}: "${kept.record.state ?? ""}" is no state; it waits for instructions`,
        );
      }
    }
    removeUnfinishedFiles(this.#household.requestRecords(), this.#household.caRecords());
    for (const ca of this.#cas.values()) ca.refresh();
    for (const request of this.#requests.values()) request.start();
  }

  async addRequest(wish: NewRequest): Promise<TrackedRequest> {
    // One after the other, so that no two take the same name or place.
    return await this.#queues.run(["new request"], async () => {
      const present = [...this.#requests.values()].map(({ record }) => record);
      const now = this.clock.now();
      const record = await completeRequest(wish, present, now);
      const kept = { path: this.#requestStore.newPath(now), record, unknown: [] };
      await this.#requestStore.save(kept);
      const request = this.#keepRequest(kept);
      this.#emit({ type: "request-added", request });
      request.start();
      return request;
    });
  }

  async removeRequest(request: TrackedRequest): Promise<void> {
    const active = this.#requests.get(request.record.id);
    if (active === undefined) {
      throw new DaemonError("no_such_entry", "No request found with specified nickname.");
    }
    this.#requests.delete(request.record.id);
    this.#requestNumbers.delete(active.number);
    await active.end();
    await this.#saver.forget(active.path, () => this.#requestStore.remove(active.path));
    this.#emit({ type: "request-removed", request: active });
  }

  async addCa(wish: NewCa): Promise<TrackedCa> {
    if (!wish.id) throw new DaemonError("missing_arg", "CA nickname not specified.");
    if (this.#cas.has(wish.id)) {
      throw new DaemonError("duplicate", `There is already a CA with the nickname "${wish.id}".`);
    }
    const record = merge<CaRecord>({ id: wish.id, ca_is_default: false, ca_type: "EXTERNAL" }, wish);
    if (record.ca_type === "EXTERNAL" && !record.ca_external_helper) {
      throw new DaemonError("missing_arg", "CA helper location not specified.");
    }
    const ca = await this.#saveNewCa(record);
    this.#emit({ type: "ca-added", ca });
    ca.refresh();
    // Those that waited for a CA of this name.
    for (const request of this.#requests.values()) {
      if (request.state === "NEED_CA" && request.record.ca_name === ca.record.id) void request.restart();
    }
    return ca;
  }

  async removeCa(ca: TrackedCa): Promise<void> {
    const active = this.#cas.get(ca.record.id);
    if (active === undefined)
      throw new DaemonError("no_such_entry", `No CA with name "${ca.record.id}" found.`);
    this.#cas.delete(ca.record.id);
    this.#caNumbers.delete(active.number);
    await active.stop();
    await this.#saver.forget(active.path, () => this.#caStore.remove(active.path));
    this.#emit({ type: "ca-removed", ca: active });
  }

  subscribe(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async #stop(): Promise<void> {
    const deadline = setTimeout(() => this.#settings.abortController.abort(), this.#settings.stopDeadlineMs);
    await Promise.all([...this.#cas.values()].map((ca) => ca.stop()));
    await Promise.all([...this.#requests.values()].map((request) => request.close()));
    await this.#saver.close();
    clearTimeout(deadline);
    this.#unlock();
  }

  #keepRequest(kept: Kept<RequestRecord>): ActiveRequest {
    const request = new ActiveRequest(++this.#lastRequestNumber, kept, this.#household);
    this.#requests.set(kept.record.id, request);
    this.#requestNumbers.set(request.number, request);
    return request;
  }

  #keepCa(kept: Kept<CaRecord>): ActiveCa {
    const ca = new ActiveCa(++this.#lastCaNumber, kept, this.#household);
    this.#cas.set(kept.record.id, ca);
    this.#caNumbers.set(ca.number, ca);
    return ca;
  }

  async #saveNewCa(record: CaRecord): Promise<ActiveCa> {
    const kept = { path: this.#caStore.newPath(this.clock.now()), record, unknown: [] };
    const ca = this.#keepCa(kept);
    await this.#household.saveCa(kept);
    return ca;
  }

  #emit(event: DaemonEvent): void {
    if (event.type === "request-changed" && event.keys.includes("id")) this.#reindex(event.request);
    for (const listener of this.#listeners) listener(event);
  }

  /** A request has another id than the one that it is known by. */
  #reindex(request: TrackedRequest): void {
    const entry = [...this.#requests].find(([, active]) => active === request);
    if (entry === undefined || this.#requests.has(request.record.id)) return;
    this.#requests.delete(entry[0]);
    this.#requests.set(request.record.id, entry[1]);
  }

  #makeHousehold(): Household {
    return {
      settings: this.#settings,
      queues: this.#queues,
      requestRecords: () => [...this.#requests.values()].map(({ record }) => record),
      caRecords: () => [...this.#cas.values()].map(({ record }) => record),
      findCaRecord: (id) => (id === undefined ? undefined : this.#cas.get(id)?.record),
      changeCa: async (id, change) => await this.#cas.get(id)?.change(change),
      saveRequest: async (kept) => await this.#saver.save(kept.path, () => this.#requestStore.save(kept)),
      saveCa: async (kept) => await this.#saver.save(kept.path, () => this.#caStore.save(kept)),
      isStopping: () => this.#stopped !== undefined,
      restartRequestsOf: (id) => {
        for (const request of this.#requests.values()) {
          if (request.record.ca_name === id) request.restart().catch(() => {}); // removed meanwhile
        }
      },
      emit: (event) => this.#emit(event),
    };
  }
}
