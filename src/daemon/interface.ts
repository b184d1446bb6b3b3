import type { Clock } from "./clock.ts";
import type { Configuration } from "./configuration.ts";
import type { CaRecord, Changes, RequestRecord } from "./fields.ts";
import type { CaPhase, CaState, RequestState } from "./states.ts";

/** What a request waits for; absent when it works right now. */
export interface NextStep {
  /** When it goes on by itself; absent: when a person acts. */
  readonly at?: Date;
}

/** A request that the daemon tracks. Its record is replaced at every change, never changed in place. */
export interface TrackedRequest {
  /** Counts from 1 in this run of the daemon: `/requests/Request1`. */
  readonly number: number;
  readonly record: RequestRecord;
  readonly state: RequestState;
  /** Nothing goes on until a person acts. */
  readonly isStuck: boolean;
  readonly next: NextStep | undefined;
  /** The file that keeps it. */
  readonly path: string;

  /**
   * Stops it, changes it, and starts it again from the resting state before where it was.
   *
   * @throws {DaemonError} `duplicate` for an id that is taken, `bad_arg`, `no_such_entry` after its removal
   */
  modify(changes: Changes<RequestRecord>): Promise<void>;
  /** Again to the CA, with the same key unless that is missing or of the wrong kind. */
  resubmit(): Promise<void>;
  /** Again to the CA with a new key. */
  rekey(): Promise<void>;
  /** @returns false when it does not wait for its CA (CA_WORKING, CA_UNREACHABLE), and nothing is done */
  refresh(): Promise<boolean>;
  /**
   * Waits until it is in the state.
   *
   * @throws {Error} when it gets stuck in another state, at the deadline (default 30 s), or when it is removed
   */
  reaches(state: RequestState, options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** A CA that the daemon knows. */
export interface TrackedCa {
  /** Counts from 1 in this run of the daemon: `/cas/CA1`. */
  readonly number: number;
  readonly record: CaRecord;
  readonly path: string;
  /** What becomes of its eight questions. */
  readonly phases: ReadonlyMap<CaPhase, CaState>;

  modify(changes: Changes<CaRecord>): Promise<void>;
  /** Asks all questions anew; does not wait for the answers. */
  refresh(): void;
  /** Waits until none of its questions is under way. */
  settles(): Promise<void>;
}

/** What happens, as it happens; the records are those after the change. */
export type DaemonEvent =
  | { readonly type: "request-added" | "request-removed"; readonly request: TrackedRequest }
  | { readonly type: "ca-added" | "ca-removed"; readonly ca: TrackedCa }
  | {
      readonly type: "request-state";
      readonly request: TrackedRequest;
      readonly before: RequestState;
      readonly after: RequestState;
    }
  /** Values changed without a change of state, or with it: `keys` are those of the record. */
  | {
      readonly type: "request-changed";
      readonly request: TrackedRequest;
      readonly keys: readonly (keyof RequestRecord)[];
    }
  | {
      readonly type: "ca-state";
      readonly ca: TrackedCa;
      readonly phase: CaPhase;
      readonly before: CaState;
      readonly after: CaState;
    }
  | { readonly type: "ca-changed"; readonly ca: TrackedCa; readonly keys: readonly (keyof CaRecord)[] }
  /** The certificate has been saved (D-Bus: the signal SavedCertificate). */
  | { readonly type: "certificate-saved"; readonly request: TrackedRequest };

/** What a new request must have, beside what it may. */
export type NewRequest = Changes<Omit<RequestRecord, "state">>;
export type NewCa = Changes<CaRecord> & { readonly id: string };

/** The daemon, as its D-Bus objects and its library interface use it. */
export interface Daemon {
  readonly clock: Clock;
  /** What certmonger.conf says; read once, at the start. */
  readonly configuration: Configuration;
  /** In the order of their numbers. */
  readonly requests: readonly TrackedRequest[];
  readonly cas: readonly TrackedCa[];

  requestAt(number: number): TrackedRequest | undefined;
  caAt(number: number): TrackedCa | undefined;
  findRequest(id: string): TrackedRequest | undefined;
  findCa(id: string): TrackedCa | undefined;
  /**
   * Checks, completes (a missing id is made from the time), saves and starts a request.
   *
   * @throws {DaemonError} `missing_arg`, `bad_arg`, `duplicate`, with certmonger's texts
   */
  addRequest(request: NewRequest): Promise<TrackedRequest>;
  /** Stops it and deletes its file; keys and certificates stay. */
  removeRequest(request: TrackedRequest): Promise<void>;
  /** @throws {DaemonError} `missing_arg`, `bad_arg`, `duplicate` */
  addCa(ca: NewCa): Promise<TrackedCa>;
  removeCa(ca: TrackedCa): Promise<void>;

  /** @returns the end of the subscription */
  subscribe(listener: (event: DaemonEvent) => void): () => void;
  /** Waits for running helpers and throws their answers away, saves, ends. */
  stop(): Promise<void>;
}
