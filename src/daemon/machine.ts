import {
  type Decision,
  decideMonitored,
  decideNew,
  decideRenewal,
  decideScep,
  type Situation,
} from "./decisions.ts";
import { merge, type RequestRecord } from "./fields.ts";
import type { Outcome, Work } from "./outcome.ts";
import { caDelay } from "./renewal.ts";
import { factsOf, parseState, type RequestState } from "./states.ts";
import { passing, soonish, type Target, working } from "./transitions.ts";

export type MachineEvent =
  /** The state's time has come. */
  { readonly type: "proceed" } | { readonly type: "ended"; readonly outcome: Outcome };

export type Next =
  | { readonly kind: "proceed" }
  | { readonly kind: "work"; readonly work: Work }
  | { readonly kind: "wait"; readonly seconds: number }
  /** Until a person acts. */
  | { readonly kind: "rest" };

export interface Step {
  readonly record: RequestRecord;
  readonly next: Next;
}

/**
 * The next step of a request: what it becomes, and what has to happen then. Pure; the daemon does the rest.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry
 */
export function step(record: RequestRecord, event: MachineEvent, situation: Situation): Step {
  const state = parseState(record.state);
  return event.type === "proceed"
    ? proceed(record, state, situation)
    : conclude(merge(record, event.outcome.changes), state, event.outcome, situation);
}

/** Where a request goes on after a restart of the daemon, or after it was stopped. */
export function afterRestart(record: RequestRecord): RequestRecord {
  const state = factsOf(parseState(record.state)).afterRestart;
  return state === record.state ? record : { ...record, state };
}

function proceed(record: RequestRecord, state: RequestState, situation: Situation): Step {
  const passedOn = passing[state];
  if (passedOn !== undefined) return goTo(record, { to: passedOn });
  const { work } = working[state] ?? {};
  if (work !== undefined) return { record, next: { kind: "work", work } };
  switch (state) {
    case "NEWLY_ADDED_DECIDING":
      return follow(decideNew(record, situation));
    case "SUBMITTING":
      return { record, next: { kind: "work", work: "run-helper" } };
    case "GENERATING_SCEP_DATA":
      return follow(decideScep(record, situation));
    case "NEED_TO_SAVE_CERT":
      return goTo(record, { to: situation.hasPreSave ? "PRE_SAVE_CERT" : "START_SAVING_CERT" });
    case "READING_CERT":
      return { record, next: { kind: "work", work: "read-certificate" } };
    case "MONITORING":
      return follow(decideMonitored(record, situation));
    default:
      return { record, next: { kind: "rest" } };
  }
}

function conclude(record: RequestRecord, state: RequestState, outcome: Outcome, situation: Situation): Step {
  if (state === "SUBMITTING") return afterHelper(record, outcome, situation);
  if (state === "READING_CERT") {
    if (outcome.result !== "done") return goTo(record, { to: "NEED_TO_READ_CERT", after: soonish });
    return goTo(record, { to: situation.hasPostSave ? "POST_SAVED_CERT" : "NEED_TO_NOTIFY_ISSUED_SAVED" });
  }
  if (state === "NOTIFYING_VALIDITY") {
    return follow(decideRenewal({ ...record, state: "MONITORING" }, situation));
  }
  const row = working[state];
  if (row === undefined) return { record, next: { kind: "rest" } };
  const target = row.on[outcome.result] ?? row.otherwise;
  if (target.to === "SUBMITTING") {
    return goTo(merge(record, { submitted: situation.now, ca_error: undefined }), target);
  }
  return goTo(record, target);
}

/**
 * Where the end of a helper leads.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry, CM_SUBMITTING
 */
function afterHelper(record: RequestRecord, outcome: Outcome, { now }: Situation): Step {
  const isRenewal = record.cert !== undefined;
  const usualDelay = caDelay(record.cert_not_after, now);
  const without = merge(record, { ca_cookie: undefined });
  switch (outcome.result) {
    case "issued":
      return goTo(without, { to: "NEED_TO_SAVE_CERT" });
    case "rejected":
      return isRenewal
        ? goTo(without, { to: "MONITORING", after: soonish })
        : goTo(without, { to: "NEED_TO_NOTIFY_REJECTION" });
    case "unreachable":
      // The cookie stays: the next run is a POLL if this one was.
      return goTo(record, { to: "CA_UNREACHABLE", after: usualDelay + soonish });
    case "waiting":
      return goTo(record, { to: "CA_WORKING", after: outcome.delaySeconds ?? usualDelay });
    case "unconfigured":
      return isRenewal
        ? goTo(without, { to: "MONITORING", after: soonish })
        : goTo(without, { to: "CA_UNCONFIGURED" });
    case "need-scep-messages":
      return goTo(without, { to: "NEED_SCEP_DATA" });
    case "need-rekey":
      return goTo(without, { to: "NEED_KEY_PAIR", after: soonish });
    case "not-started":
      return goTo(record, { to: "NEED_TO_SUBMIT", after: soonish });
    default:
      return goTo(without, { to: "NEED_GUIDANCE" });
  }
}

function follow(decision: Decision): Step {
  if ("to" in decision) return goTo(decision.record, decision);
  return { record: decision.record, next: { kind: "wait", seconds: decision.waitSeconds } };
}

function goTo(record: RequestRecord, { to, after }: Target): Step {
  const moved = { ...record, state: to };
  if (factsOf(to).isStuck) return { record: moved, next: { kind: "rest" } };
  return {
    record: moved,
    next: after === undefined || after <= 0 ? { kind: "proceed" } : { kind: "wait", seconds: after },
  };
}
