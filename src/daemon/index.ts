export { type Clock, type Duration, ManualClock, SystemClock } from "./clock.ts";
export type { Configuration, KeyCipher, NotificationMethod } from "./configuration.ts";
export { openDaemon } from "./daemon.ts";
export { DaemonError, type DaemonErrorKind } from "./error.ts";
export type { CaRecord, Changes, RequestRecord } from "./fields.ts";
export type {
  Daemon,
  DaemonEvent,
  NewCa,
  NewRequest,
  NextStep,
  TrackedCa,
  TrackedRequest,
} from "./interface.ts";
export { type CaWish, type CertificateWish, type OwnDaemon, startDaemon } from "./library.ts";
export type { DaemonOptions } from "./options.ts";
export type { CaPhase, CaState, RequestState } from "./states.ts";
