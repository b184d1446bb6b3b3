import type { Changes, RequestRecord } from "./fields.ts";

/** What a state has to have done by the outside world; `work.ts` does it. */
export type Work =
  | "read-key"
  | "read-certificate"
  | "make-key"
  | "make-csr"
  | "find-helper"
  | "run-helper"
  | "run-pre-save"
  | "save-certificate"
  | "save-ca-certificates"
  | "run-post-save"
  | "notify";

/** How work ended. */
export type Result =
  | "done"
  | "failed"
  | "no-permission"
  | "need-pin"
  | "need-token"
  | "no-ca"
  | "not-started"
  | "issued"
  | "rejected"
  | "unreachable"
  | "unconfigured"
  | "waiting"
  | "need-scep-messages"
  | "need-rekey"
  /** An answer that certmonger has no use for. */
  | "useless";

export interface Outcome {
  readonly result: Result;
  /** What is new in the record. */
  readonly changes?: Changes<RequestRecord>;
  /** What led to it where the record says nothing of it: for the log, and for who waits for the request. */
  readonly why?: string;
  /** With `waiting`: how long. */
  readonly delaySeconds?: number;
}
