import type { Result, Work } from "./outcome.ts";
import type { RequestState } from "./states.ts";

/** Delays in seconds. @see certmonger 0.79.21 configure.ac */
export const soonish = 30;
const soon = 5;

/** Where a request goes. */
export interface Target {
  readonly to: RequestState;
  /** Wait that long in the new state before its time comes. */
  readonly after?: number;
}

/** What is done in a state, and where its result leads. */
export interface Working {
  readonly work: Work;
  readonly on: Readonly<Partial<Record<Result, Target>>>;
  /** Every result that `on` does not have. */
  readonly otherwise: Target;
}

/** States that only pass on to the next. */
export const passing: Readonly<Partial<Record<RequestState, RequestState>>> = {
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

/** States in which something is done, and where its result leads. SUBMITTING and READING_CERT are in machine.ts. */
export const working: Readonly<Partial<Record<RequestState, Working>>> = {
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
