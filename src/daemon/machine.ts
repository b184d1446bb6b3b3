import type { Changes, RequestRecord } from "./fields.ts";
import { caDelay, isNoteworthy, monitorDelay, secondsBetween } from "./renewal.ts";
import { factsOf, parseState, type RequestState } from "./states.ts";
import { missingTemplateValues } from "./template.ts";

/** What a state has to have done by the outside world; `daemon.ts` does it. */
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
  /** With `waiting`: how long. */
  readonly delaySeconds?: number;
}

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

/** What the machine must know beside the record. */
export interface Situation {
  readonly now: Date;
  readonly notifyTtls: readonly number[];
  readonly enrollTtls: readonly number[];
  readonly maxKeyUseCount?: number;
  readonly maxKeyLifetimeSeconds?: number;
  readonly defaultCa?: string;
  readonly cas: readonly {
    readonly id: string;
    readonly issuerNames: readonly string[];
    readonly isDefault: boolean;
  }[];
  readonly hasPreSave: boolean;
  readonly hasPostSave: boolean;
  /** There are CA certificates, and a place where they are wanted. */
  readonly hasCaCertificatesToSave: boolean;
}

/** Delays in seconds. @see certmonger 0.79.21 configure.ac */
const soonish = 30;
const soon = 5;

interface Target {
  readonly to: RequestState;
  /** Wait that long in the new state before its time comes. */
  readonly after?: number;
}

interface Working {
  readonly work: Work;
  readonly on: Readonly<Partial<Record<Result, Target>>>;
  /** Every result that `on` does not have. */
  readonly otherwise: Target;
}

/** States that only pass on to the next. */
const passing: Readonly<Partial<Record<RequestState, RequestState>>> = {
  NEWLY_ADDED: "NEWLY_ADDED_START_READING_KEYINFO",
  NEWLY_ADDED_START_READING_KEYINFO: "NEWLY_ADDED_READING_KEYINFO",
  NEWLY_ADDED_START_READING_CERT: "NEWLY_ADDED_READING_CERT",
  NEED_KEY_PAIR: "GENERATING_KEY_PAIR",
  HAVE_KEY_PAIR: "NEED_KEYINFO",
  NEED_KEYINFO: "READING_KEYINFO",
  HAVE_KEYINFO: "NEED_CSR",
  NEED_CSR: "GENERATING_CSR",
  HAVE_CSR: "NEED_TO_SUBMIT",
  NEED_SCEP_DATA: "GENERATING_SCEP_DATA",
  HAVE_SCEP_DATA: "NEED_TO_SUBMIT",
  // Asking again starts here, with SUBMIT or POLL as there is a cookie or not.
  CA_WORKING: "NEED_TO_SUBMIT",
  CA_UNREACHABLE: "NEED_TO_SUBMIT",
  START_SAVING_CERT: "SAVING_CERT",
  SAVED_CERT: "NEED_TO_SAVE_CA_CERTS",
  NEED_TO_SAVE_CA_CERTS: "START_SAVING_CA_CERTS",
  START_SAVING_CA_CERTS: "SAVING_CA_CERTS",
  NEED_TO_READ_CERT: "READING_CERT",
  NEED_TO_NOTIFY_VALIDITY: "NOTIFYING_VALIDITY",
  NEED_TO_NOTIFY_REJECTION: "NOTIFYING_REJECTION",
  NEED_TO_NOTIFY_ISSUED_SAVE_FAILED: "NOTIFYING_ISSUED_SAVE_FAILED",
  NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED: "NOTIFYING_ISSUED_CA_SAVE_FAILED",
  NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED: "NOTIFYING_ONLY_CA_SAVE_FAILED",
  NEED_TO_NOTIFY_ISSUED_SAVED: "NOTIFYING_ISSUED_SAVED",
  NEED_TO_SAVE_ONLY_CA_CERTS: "START_SAVING_ONLY_CA_CERTS",
  START_SAVING_ONLY_CA_CERTS: "SAVING_ONLY_CA_CERTS",
};

const notifying = (to: RequestState, after?: number): Working => ({
  work: "notify",
  on: {},
  otherwise: after === undefined ? { to } : { to, after },
});

/** States in which something is done, and where its result leads. SUBMITTING is in `afterHelper`. */
const working: Readonly<Partial<Record<RequestState, Working>>> = {
  NEWLY_ADDED_READING_KEYINFO: {
    work: "read-key",
    on: {
      "need-pin": { to: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN" },
      "need-token": { to: "NEWLY_ADDED_NEED_KEYINFO_READ_TOKEN" },
    },
    otherwise: { to: "NEWLY_ADDED_START_READING_CERT" },
  },
  NEWLY_ADDED_READING_CERT: { work: "read-certificate", on: {}, otherwise: { to: "NEWLY_ADDED_DECIDING" } },
  GENERATING_KEY_PAIR: {
    work: "make-key",
    on: {
      done: { to: "HAVE_KEY_PAIR" },
      "no-permission": { to: "NEED_KEY_GEN_PERMS" },
      "need-pin": { to: "NEED_KEY_GEN_PIN" },
      "need-token": { to: "NEED_KEY_GEN_TOKEN" },
    },
    otherwise: { to: "NEED_KEY_PAIR", after: soonish },
  },
  READING_KEYINFO: {
    work: "read-key",
    on: {
      done: { to: "HAVE_KEYINFO" },
      "need-pin": { to: "NEED_KEYINFO_READ_PIN" },
      "need-token": { to: "NEED_KEYINFO_READ_TOKEN" },
    },
    otherwise: { to: "NEED_KEY_PAIR", after: soonish },
  },
  GENERATING_CSR: {
    work: "make-csr",
    on: {
      done: { to: "HAVE_CSR" },
      "need-pin": { to: "NEED_CSR_GEN_PIN" },
      "need-token": { to: "NEED_CSR_GEN_TOKEN" },
    },
    otherwise: { to: "NEED_CSR", after: soonish },
  },
  NEED_TO_SUBMIT: {
    work: "find-helper",
    on: { done: { to: "SUBMITTING" }, "no-ca": { to: "NEED_CA" } },
    // For ever: the helper may be installed at any time.
    otherwise: { to: "NEED_TO_SUBMIT", after: soonish },
  },
  PRE_SAVE_CERT: { work: "run-pre-save", on: {}, otherwise: { to: "START_SAVING_CERT" } },
  SAVING_CERT: {
    work: "save-certificate",
    on: {
      done: { to: "SAVED_CERT" },
      "no-permission": { to: "NEED_CERTSAVE_PERMS" },
      "need-pin": { to: "NEED_CERTSAVE_PIN" },
      "need-token": { to: "NEED_CERTSAVE_TOKEN" },
    },
    otherwise: { to: "NEED_TO_NOTIFY_ISSUED_SAVE_FAILED" },
  },
  SAVING_CA_CERTS: {
    work: "save-ca-certificates",
    on: { done: { to: "NEED_TO_READ_CERT" }, "no-permission": { to: "NEED_CA_CERT_SAVE_PERMS" } },
    otherwise: { to: "NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED" },
  },
  SAVING_ONLY_CA_CERTS: {
    work: "save-ca-certificates",
    on: { done: { to: "MONITORING" }, "no-permission": { to: "NEED_ONLY_CA_CERT_SAVE_PERMS" } },
    otherwise: { to: "NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED" },
  },
  POST_SAVED_CERT: { work: "run-post-save", on: {}, otherwise: { to: "NEED_TO_NOTIFY_ISSUED_SAVED" } },
  NOTIFYING_VALIDITY: notifying("MONITORING"),
  NOTIFYING_REJECTION: notifying("CA_REJECTED"),
  NOTIFYING_ISSUED_SAVE_FAILED: notifying("NEED_TO_SAVE_CERT", soonish),
  NOTIFYING_ISSUED_CA_SAVE_FAILED: notifying("NEED_TO_SAVE_CA_CERTS", soonish),
  NOTIFYING_ONLY_CA_SAVE_FAILED: notifying("NEED_TO_SAVE_ONLY_CA_CERTS", soonish),
  NOTIFYING_ISSUED_SAVED: notifying("MONITORING", soon),
};

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

/** A record with some values replaced; `undefined` takes a value away. */
export function merge<R extends object>(
  record: R,
  changes: { readonly [Key in keyof R]?: R[Key] | undefined } = {},
): R {
  const merged = { ...record, ...changes };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(merged, key);
  }
  return merged;
}

function proceed(record: RequestRecord, state: RequestState, situation: Situation): Step {
  const passedOn = passing[state];
  if (passedOn !== undefined) return goTo(record, { to: passedOn });
  const { work } = working[state] ?? {};
  if (work !== undefined) return { record, next: { kind: "work", work } };
  switch (state) {
    case "NEWLY_ADDED_DECIDING":
      return decide(record, situation);
    case "SUBMITTING":
      return { record, next: { kind: "work", work: "run-helper" } };
    case "GENERATING_SCEP_DATA":
      // There is no SCEP here: it ends as for a CA that has given no certificate to encrypt to.
      return goTo(record, {
        to: record.key_type === "RSA" ? "NEED_SCEP_ENCRYPTION_CERT" : "NEED_SCEP_RSA_CLIENT_KEY",
      });
    case "NEED_TO_SAVE_CERT":
      return goTo(record, { to: situation.hasPreSave ? "PRE_SAVE_CERT" : "START_SAVING_CERT" });
    case "READING_CERT":
      return { record, next: { kind: "work", work: "read-certificate" } };
    case "MONITORING":
      return monitor(record, situation);
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

/** What to do for a request that is new, by what was found at its places. */
function decide(given: RequestRecord, situation: Situation): Step {
  const record = merge(given, { ca_name: given.ca_name ?? chooseCa(given, situation) });
  if (record.cert !== undefined) {
    const complete = merge(record, missingTemplateValues(record));
    return goTo(complete, {
      to: situation.hasCaCertificatesToSave ? "NEED_TO_SAVE_ONLY_CA_CERTS" : "MONITORING",
    });
  }
  if (record.key_pubkey_info !== undefined) return goTo(record, { to: "NEED_CSR" });
  const hasPlace = record.key_storage_type !== undefined && record.key_storage_type !== "NONE";
  return goTo(record, { to: hasPlace ? "NEED_KEY_PAIR" : "NEED_GUIDANCE" });
}

/** The CA that is known to issue under the certificate's issuer's name; else the default one. */
function chooseCa(record: RequestRecord, { cas, defaultCa }: Situation): string | undefined {
  const issuer = record.cert_issuer;
  const issuing =
    issuer === undefined ? undefined : cas.find(({ issuerNames }) => issuerNames.includes(issuer));
  return issuing?.id ?? cas.find(({ isDefault }) => isDefault)?.id ?? defaultCa;
}

function monitor(record: RequestRecord, situation: Situation): Step {
  const { now, notifyTtls, enrollTtls } = situation;
  const validity = { notBefore: record.cert_not_before, notAfter: record.cert_not_after };
  if (record.monitor && isNoteworthy(validity, notifyTtls, record.last_need_notify_check, now)) {
    return goTo(merge(record, { last_need_notify_check: now }), { to: "NEED_TO_NOTIFY_VALIDITY" });
  }
  if (record.autorenew && isNoteworthy(validity, enrollTtls, record.last_need_enroll_check, now)) {
    const to = isKeyUsedUp(record, situation) ? "NEED_KEY_PAIR" : "NEED_CSR";
    return goTo(merge(record, { last_need_enroll_check: now }), { to });
  }
  const ttls = [...(record.monitor ? notifyTtls : []), ...(record.autorenew ? enrollTtls : [])];
  return { record, next: { kind: "wait", seconds: monitorDelay(record.cert_not_after, ttls, now) } };
}

function isKeyUsedUp(
  record: RequestRecord,
  { maxKeyUseCount, maxKeyLifetimeSeconds, now }: Situation,
): boolean {
  const uses = record.key_issued_count ?? 0;
  const since = record.key_generated_date;
  return (
    (maxKeyUseCount !== undefined && uses >= maxKeyUseCount) ||
    (maxKeyLifetimeSeconds !== undefined &&
      since !== undefined &&
      since.getTime() > 0 &&
      secondsBetween(since, now) >= maxKeyLifetimeSeconds)
  );
}

function goTo(record: RequestRecord, { to, after }: Target): Step {
  const moved = { ...record, state: to };
  if (factsOf(to).isStuck) return { record: moved, next: { kind: "rest" } };
  return {
    record: moved,
    next: after === undefined || after <= 0 ? { kind: "proceed" } : { kind: "wait", seconds: after },
  };
}
