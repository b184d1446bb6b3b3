/** A state's part in the travel of a request. */
export type StateGroup =
  | "new"
  | "key"
  | "csr"
  | "scep"
  | "submit"
  | "save"
  | "notify"
  | "ca-save"
  | "monitoring"
  | "invalid";

/** What holds of a state, whatever the request. */
export interface StateFacts {
  readonly group: StateGroup;
  /** `getcert list` says "stuck: yes": nothing goes on until a person acts. */
  readonly isStuck: boolean;
  /** Where a request in this state goes on after a restart of the daemon, or after it was stopped for a change. */
  readonly afterRestart: RequestState;
}

/** `[afterRestart]`, or `[afterRestart, "stuck"]`. */
type Row = readonly [RequestStateName, "stuck"?];

/**
 * All states of a request by certmonger's names, in the order of travel, by group.
 *
 * @see certmonger 0.79.21 src/store-gen.c (names), src/store.c, cm_store_entry_... and src/iterate.c,
 * cm_entry_reset_state (restarts)
 */
const table = {
  new: {
    NEWLY_ADDED: ["NEWLY_ADDED"],
    NEWLY_ADDED_START_READING_KEYINFO: ["NEWLY_ADDED"],
    NEWLY_ADDED_READING_KEYINFO: ["NEWLY_ADDED"],
    NEWLY_ADDED_NEED_KEYINFO_READ_PIN: ["NEWLY_ADDED", "stuck"],
    NEWLY_ADDED_NEED_KEYINFO_READ_TOKEN: ["NEWLY_ADDED", "stuck"],
    NEWLY_ADDED_START_READING_CERT: ["NEWLY_ADDED"],
    NEWLY_ADDED_READING_CERT: ["NEWLY_ADDED"],
    NEWLY_ADDED_DECIDING: ["NEWLY_ADDED"],
  },
  key: {
    NEED_KEY_PAIR: ["NEED_KEY_PAIR"],
    GENERATING_KEY_PAIR: ["NEED_KEY_PAIR"],
    NEED_KEY_GEN_PERMS: ["NEED_KEY_PAIR", "stuck"],
    NEED_KEY_GEN_PIN: ["NEED_KEY_PAIR", "stuck"],
    NEED_KEY_GEN_TOKEN: ["NEED_KEY_PAIR", "stuck"],
    HAVE_KEY_PAIR: ["HAVE_KEY_PAIR"],
    NEED_KEYINFO: ["NEED_KEYINFO"],
    READING_KEYINFO: ["NEED_KEYINFO"],
    NEED_KEYINFO_READ_PIN: ["NEED_KEYINFO", "stuck"],
    NEED_KEYINFO_READ_TOKEN: ["NEED_KEYINFO", "stuck"],
    HAVE_KEYINFO: ["HAVE_KEYINFO"],
  },
  csr: {
    NEED_CSR: ["HAVE_KEYINFO"],
    GENERATING_CSR: ["HAVE_KEYINFO"],
    NEED_CSR_GEN_PIN: ["HAVE_KEYINFO", "stuck"],
    NEED_CSR_GEN_TOKEN: ["HAVE_KEYINFO", "stuck"],
    HAVE_CSR: ["HAVE_CSR"],
  },
  scep: {
    NEED_SCEP_DATA: ["NEED_SCEP_DATA"],
    GENERATING_SCEP_DATA: ["NEED_SCEP_DATA"],
    NEED_SCEP_GEN_PIN: ["NEED_SCEP_DATA", "stuck"],
    NEED_SCEP_GEN_TOKEN: ["NEED_SCEP_DATA", "stuck"],
    NEED_SCEP_ENCRYPTION_CERT: ["NEED_SCEP_DATA", "stuck"],
    NEED_SCEP_RSA_CLIENT_KEY: ["NEED_SCEP_DATA", "stuck"],
    HAVE_SCEP_DATA: ["HAVE_SCEP_DATA"],
  },
  submit: {
    NEED_TO_SUBMIT: ["HAVE_CSR"],
    SUBMITTING: ["HAVE_CSR"],
    NEED_CA: ["HAVE_CSR", "stuck"],
    CA_UNREACHABLE: ["HAVE_CSR"],
    CA_UNCONFIGURED: ["HAVE_CSR", "stuck"],
    CA_REJECTED: ["CA_REJECTED", "stuck"],
    CA_WORKING: ["HAVE_CSR"],
    NEED_GUIDANCE: ["NEED_GUIDANCE", "stuck"],
  },
  save: {
    NEED_TO_SAVE_CERT: ["NEED_TO_SAVE_CERT"],
    PRE_SAVE_CERT: ["NEED_TO_SAVE_CERT"],
    START_SAVING_CERT: ["NEED_TO_SAVE_CERT"],
    SAVING_CERT: ["NEED_TO_SAVE_CERT"],
    NEED_CERTSAVE_PERMS: ["NEED_TO_SAVE_CERT", "stuck"],
    NEED_CERTSAVE_TOKEN: ["NEED_TO_SAVE_CERT", "stuck"],
    NEED_CERTSAVE_PIN: ["NEED_TO_SAVE_CERT", "stuck"],
    SAVED_CERT: ["SAVED_CERT"],
    NEED_TO_SAVE_CA_CERTS: ["NEED_TO_SAVE_CA_CERTS"],
    START_SAVING_CA_CERTS: ["NEED_TO_SAVE_CA_CERTS"],
    SAVING_CA_CERTS: ["NEED_TO_SAVE_CA_CERTS"],
    NEED_CA_CERT_SAVE_PERMS: ["NEED_TO_SAVE_CA_CERTS", "stuck"],
    NEED_TO_READ_CERT: ["NEED_TO_READ_CERT"],
    READING_CERT: ["NEED_TO_READ_CERT"],
    // The post-save command is run again: it may not have come to its end. certmonger goes on without it.
    POST_SAVED_CERT: ["POST_SAVED_CERT"],
  },
  notify: {
    NEED_TO_NOTIFY_VALIDITY: ["MONITORING"],
    NOTIFYING_VALIDITY: ["NEED_TO_NOTIFY_VALIDITY"],
    NEED_TO_NOTIFY_REJECTION: ["NEED_TO_NOTIFY_REJECTION"],
    NOTIFYING_REJECTION: ["NEED_TO_NOTIFY_REJECTION"],
    NEED_TO_NOTIFY_ISSUED_SAVE_FAILED: ["NEED_TO_NOTIFY_ISSUED_SAVE_FAILED"],
    NOTIFYING_ISSUED_SAVE_FAILED: ["NEED_TO_NOTIFY_ISSUED_SAVE_FAILED"],
    NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED: ["NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED"],
    NOTIFYING_ISSUED_CA_SAVE_FAILED: ["NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED"],
    NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED: ["NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED"],
    NOTIFYING_ONLY_CA_SAVE_FAILED: ["NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED"],
    NEED_TO_NOTIFY_ISSUED_SAVED: ["NEED_TO_NOTIFY_ISSUED_SAVED"],
    NOTIFYING_ISSUED_SAVED: ["NEED_TO_NOTIFY_ISSUED_SAVED"],
  },
  monitoring: { MONITORING: ["MONITORING"] },
  "ca-save": {
    NEED_TO_SAVE_ONLY_CA_CERTS: ["NEED_TO_SAVE_ONLY_CA_CERTS"],
    START_SAVING_ONLY_CA_CERTS: ["NEED_TO_SAVE_ONLY_CA_CERTS"],
    SAVING_ONLY_CA_CERTS: ["NEED_TO_SAVE_ONLY_CA_CERTS"],
    NEED_ONLY_CA_CERT_SAVE_PERMS: ["NEED_TO_SAVE_ONLY_CA_CERTS", "stuck"],
  },
  invalid: { INVALID: ["NEED_GUIDANCE", "stuck"] },
} as const satisfies Record<StateGroup, Readonly<Record<string, readonly [string, "stuck"?]>>>;

type KeysOfUnion<T> = T extends unknown ? keyof T : never;
type RequestStateName = KeysOfUnion<(typeof table)[StateGroup]>;
/** As stored, as shown by `getcert list`, and as sent on D-Bus. */
export type RequestState = RequestStateName;

export const stateFacts: ReadonlyMap<RequestState, StateFacts> = new Map(
  Object.entries(table).flatMap(([group, rows]) =>
    Object.entries<Row>(rows).map(([state, [afterRestart, stuck]]) => [
      // `Object.entries` forgets the names that the table has.
      state as RequestState,
      { group: group as StateGroup, isStuck: stuck === "stuck", afterRestart },
    ]),
  ),
);

export const requestStates: readonly RequestState[] = [...stateFacts.keys()];

/** The state with that name; `INVALID` for text that is none. */
export function parseState(text: string | undefined): RequestState {
  return requestStates.find((state) => state === text) ?? "INVALID";
}

export function factsOf(state: RequestState): StateFacts {
  return stateFacts.get(state) ?? { group: "invalid", isStuck: true, afterRestart: "NEED_GUIDANCE" };
}

/** The questions to a CA, by the names that certmonger's log has for them. */
export const caPhases = {
  identify: "IDENTIFY",
  certs: "FETCH-ROOTS",
  profiles: "GET-SUPPORTED-TEMPLATES",
  default_profile: "GET-DEFAULT-TEMPLATE",
  enrollment_reqs: "GET-NEW-REQUEST-REQUIREMENTS",
  renewal_reqs: "GET-RENEW-REQUEST-REQUIREMENTS",
  capabilities: "FETCH-SCEP-CA-CAPS",
  encryption_certs: "FETCH-SCEP-CA-CERTS",
} as const;

export type CaPhase = keyof typeof caPhases;

/** States of a CA's question; not stored: after a start each is NEED_TO_REFRESH. */
export type CaState =
  | "IDLE"
  | "NEED_TO_REFRESH"
  | "REFRESHING"
  | "UNREACHABLE"
  | "NEED_TO_SAVE_DATA"
  | "PRE_SAVE_DATA"
  | "START_SAVING_DATA"
  | "SAVING_DATA"
  | "NEED_POST_SAVE_DATA"
  | "POST_SAVE_DATA"
  | "SAVED_DATA"
  | "NEED_TO_ANALYZE"
  | "ANALYZING"
  | "DISABLED";
