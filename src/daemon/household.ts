import type { CaRecord, RequestRecord } from "./fields.ts";
import type { DaemonEvent } from "./interface.ts";
import type { Queues } from "./queue.ts";
import type { Settings } from "./settings.ts";
import type { Kept } from "./store.ts";

/** What a request or a CA may ask of the daemon that it lives in. */
export interface Household {
  readonly settings: Settings;
  readonly queues: Queues;
  /** All records, for what is shared between them: files of roots, hooks. */
  requestRecords(): readonly RequestRecord[];
  caRecords(): readonly CaRecord[];
  findCaRecord(id: string | undefined): CaRecord | undefined;
  changeCa(id: string, change: (record: CaRecord) => CaRecord): Promise<void>;
  /** @returns why it is not on the disk, where it will be as soon as there is room; `undefined` when it is */
  saveRequest(kept: Kept<RequestRecord>): Promise<string | undefined>;
  saveCa(kept: Kept<CaRecord>): Promise<string | undefined>;
  /** Nothing is to be begun any more. */
  isStopping(): boolean;
  /** Starts all requests of a CA anew, because what is known of it has changed. */
  restartRequestsOf(id: string): void;
  emit(event: DaemonEvent): void;
}
