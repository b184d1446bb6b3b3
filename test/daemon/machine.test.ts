import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Situation } from "../../src/daemon/decisions.ts";
import type { RequestRecord } from "../../src/daemon/fields.ts";
import { afterRestart, type MachineEvent, step } from "../../src/daemon/machine.ts";
import type { Outcome, Result } from "../../src/daemon/outcome.ts";
import { defaultTtls } from "../../src/daemon/renewal.ts";
import { factsOf, parseState, type RequestState, requestStates } from "../../src/daemon/states.ts";

const now = new Date("2026-11-23T10:00:00Z");
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);

const situation = (changes: Partial<Situation> = {}): Situation => ({
  now,
  notifyTtls: defaultTtls,
  enrollTtls: defaultTtls,
  cas: [],
  hasPreSave: false,
  hasPostSave: false,
  hasCaCertificatesToSave: false,
  hasScepCertificate: false,
  ...changes,
});

const fresh: RequestRecord = {
  id: "a",
  key_storage_type: "FILE",
  key_type: "RSA",
  monitor: true,
  autorenew: true,
};
/** It has a certificate of a year, of which a month is over. */
const renewing: RequestRecord = {
  ...fresh,
  cert: "PEM",
  cert_not_before: days(-30),
  cert_not_after: days(335),
};

const at = (state: RequestState, record: RequestRecord = fresh): RequestRecord => ({ ...record, state });
const ended = (outcome: Outcome): MachineEvent => ({ type: "ended", outcome });
const proceed: MachineEvent = { type: "proceed" };

/** Where a request goes and what happens then: `MONITORING wait 30`. */
function next(record: RequestRecord, event: MachineEvent, given = situation()): string {
  const { record: after, next: then } = step(record, event, given);
  switch (then.kind) {
    case "work":
      return `${after.state} ${then.work}`;
    case "wait":
      return `${after.state} wait ${then.seconds}`;
    default:
      return `${after.state} ${then.kind}`;
  }
}

describe("the end of a helper", () => {
  const week = 604_800;
  const table: readonly {
    readonly result: Result;
    readonly delaySeconds?: number;
    readonly first: string;
    readonly renewal: string;
    readonly cookie: "kept" | "cleared";
  }[] = [
    {
      result: "issued",
      first: "NEED_TO_SAVE_CERT proceed",
      renewal: "NEED_TO_SAVE_CERT proceed",
      cookie: "cleared",
    },
    {
      result: "rejected",
      first: "NEED_TO_NOTIFY_REJECTION proceed",
      renewal: "MONITORING wait 30",
      cookie: "cleared",
    },
    {
      result: "unreachable",
      first: `CA_UNREACHABLE wait ${week + 30}`,
      renewal: `CA_UNREACHABLE wait ${week + 30}`,
      cookie: "kept",
    },
    {
      result: "unconfigured",
      first: "CA_UNCONFIGURED rest",
      renewal: "MONITORING wait 30",
      cookie: "cleared",
    },
    {
      result: "waiting",
      first: `CA_WORKING wait ${week}`,
      renewal: `CA_WORKING wait ${week}`,
      cookie: "kept",
    },
    {
      result: "waiting",
      delaySeconds: 13,
      first: "CA_WORKING wait 13",
      renewal: "CA_WORKING wait 13",
      cookie: "kept",
    },
    {
      result: "waiting",
      delaySeconds: 0,
      first: "CA_WORKING proceed",
      renewal: "CA_WORKING proceed",
      cookie: "kept",
    },
    {
      result: "need-rekey",
      first: "NEED_KEY_PAIR wait 30",
      renewal: "NEED_KEY_PAIR wait 30",
      cookie: "cleared",
    },
    {
      result: "need-scep-messages",
      first: "NEED_SCEP_DATA proceed",
      renewal: "NEED_SCEP_DATA proceed",
      cookie: "cleared",
    },
    { result: "useless", first: "NEED_GUIDANCE rest", renewal: "NEED_GUIDANCE rest", cookie: "cleared" },
    {
      result: "not-started",
      first: "NEED_TO_SUBMIT wait 30",
      renewal: "NEED_TO_SUBMIT wait 30",
      cookie: "kept",
    },
  ];

  it.each(table)(
    "$result ($delaySeconds s) leads a first request to $first",
    ({ result, delaySeconds, first }) => {
      const outcome = { result, ...(delaySeconds !== undefined && { delaySeconds }) };
      expect(next(at("SUBMITTING"), ended(outcome))).toBe(first);
    },
  );

  it.each(table)(
    "$result ($delaySeconds s) leads a renewal to $renewal",
    ({ result, delaySeconds, renewal }) => {
      const outcome = { result, ...(delaySeconds !== undefined && { delaySeconds }) };
      expect(next(at("SUBMITTING", renewing), ended(outcome))).toBe(renewal);
    },
  );

  it.each(table)("$result: the cookie is $cookie", ({ result, cookie }) => {
    const { record } = step(
      at("SUBMITTING", { ...fresh, ca_cookie: "order-7" }),
      ended({ result }),
      situation(),
    );
    expect(record.ca_cookie).toBe(cookie === "kept" ? "order-7" : undefined);
  });

  it.each([
    { left: 1800 / 86_400, seconds: 900 },
    { left: 0, seconds: 300 },
    { left: 7200 / 86_400, seconds: 3600 },
    { left: 7, seconds: 302_400 },
    { left: 2_000_000 / 86_400, seconds: 604_800 },
  ])(
    "a CA at work is asked again in $seconds s when the certificate has $left days left",
    ({ left, seconds }) => {
      const record = at("SUBMITTING", { ...renewing, cert_not_after: days(left) });
      expect(next(record, ended({ result: "waiting" }))).toBe(`CA_WORKING wait ${seconds}`);
    },
  );

  it("keeps the message for the administrator, and clears it with the next attempt", () => {
    const refused = step(
      at("SUBMITTING"),
      ended({ result: "rejected", changes: { ca_error: "no" } }),
      situation(),
    );
    expect(refused.record.ca_error).toBe("no");
    const again = step(
      { ...refused.record, state: "NEED_TO_SUBMIT" },
      ended({ result: "done" }),
      situation(),
    );
    expect(again.record).toMatchObject({ state: "SUBMITTING", submitted: now });
    expect(again.record.ca_error).toBeUndefined();
  });
});

describe("the travel of a request", () => {
  /** All states from one on, when all work ends well. */
  function travel(from: RequestRecord, given: Situation, until: RequestState): string[] {
    const seen: string[] = [];
    let record = from;
    let event: MachineEvent = proceed;
    for (let count = 0; count < 60 && record.state !== until; count++) {
      const taken = step(record, event, given);
      if (taken.record.state !== record.state) seen.push(taken.record.state ?? "");
      record = taken.record;
      const isHelper = taken.next.kind === "work" && taken.next.work === "run-helper";
      const isRead =
        record.state === "NEWLY_ADDED_READING_KEYINFO" || record.state === "NEWLY_ADDED_READING_CERT";
      event =
        taken.next.kind === "work"
          ? ended({ result: isHelper ? "issued" : isRead ? "failed" : "done" })
          : proceed;
    }
    return seen;
  }

  // As recorded from certmonger 0.79.17 and 0.79.21.
  const recorded =
    "NEWLY_ADDED_START_READING_KEYINFO NEWLY_ADDED_READING_KEYINFO NEWLY_ADDED_START_READING_CERT " +
    "NEWLY_ADDED_READING_CERT NEWLY_ADDED_DECIDING NEED_KEY_PAIR GENERATING_KEY_PAIR HAVE_KEY_PAIR " +
    "NEED_KEYINFO READING_KEYINFO HAVE_KEYINFO NEED_CSR GENERATING_CSR HAVE_CSR NEED_TO_SUBMIT SUBMITTING " +
    "NEED_TO_SAVE_CERT START_SAVING_CERT SAVING_CERT SAVED_CERT NEED_TO_SAVE_CA_CERTS " +
    "START_SAVING_CA_CERTS SAVING_CA_CERTS NEED_TO_READ_CERT READING_CERT " +
    "NEED_TO_NOTIFY_ISSUED_SAVED NOTIFYING_ISSUED_SAVED MONITORING";

  it("is certmonger's, without hooks", () => {
    expect(travel(at("NEWLY_ADDED"), situation(), "MONITORING").join(" ")).toBe(recorded);
  });

  it("is certmonger's, with hooks", () => {
    const given = situation({ hasPreSave: true, hasPostSave: true });
    const withHooks = recorded
      .replace("NEED_TO_SAVE_CERT ", "NEED_TO_SAVE_CERT PRE_SAVE_CERT ")
      .replace(" READING_CERT ", " READING_CERT POST_SAVED_CERT ");
    expect(travel(at("NEWLY_ADDED"), given, "MONITORING").join(" ")).toBe(withHooks);
  });

  it.each([
    { what: "a key alone is made a CSR for", record: { key_pubkey_info: "30" }, to: "NEED_CSR proceed" },
    { what: "a certificate is watched", record: { cert: "PEM" }, to: "MONITORING proceed" },
    {
      what: "nothing, and no place for a key, is for a person",
      record: { key_storage_type: "NONE" },
      to: "NEED_GUIDANCE rest",
    },
  ])("$what when it is new", ({ record, to }) => {
    expect(next(at("NEWLY_ADDED_DECIDING", { ...fresh, ...record }), proceed)).toBe(to);
  });

  it("takes the CA that issued the certificate, before the default one", () => {
    const cas = [
      { id: "default", issuerNames: [], isDefault: true },
      { id: "issuer", issuerNames: ["CN=CA"], isDefault: false },
    ];
    const decide = (record: RequestRecord) =>
      step(at("NEWLY_ADDED_DECIDING", record), proceed, situation({ cas, defaultCa: "configured" })).record
        .ca_name;
    expect(decide({ ...fresh, cert: "PEM", cert_issuer: "CN=CA" })).toBe("issuer");
    expect(decide(fresh)).toBe("default");
    expect(decide({ ...fresh, ca_name: "named" })).toBe("named");
  });

  it("keeps the names of the old certificate for the new one", () => {
    const tracked = {
      ...fresh,
      cert: "PEM",
      cert_subject: "CN=a",
      cert_hostname: ["a"],
      cert_ipaddress: ["192.0.2.1"],
      cert_principal: ["a@B"],
    };
    expect(step(at("NEWLY_ADDED_DECIDING", tracked), proceed, situation()).record).toMatchObject({
      template_subject: "CN=a",
      template_hostname: ["a"],
      template_ipaddress: ["192.0.2.1"],
      template_principal: ["a@B"],
    });
  });
});

describe("work that fails", () => {
  it.each<{ state: RequestState; result: Result; to: string }>([
    {
      state: "NEWLY_ADDED_READING_KEYINFO",
      result: "need-pin",
      to: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN rest",
    },
    { state: "NEWLY_ADDED_READING_KEYINFO", result: "failed", to: "NEWLY_ADDED_START_READING_CERT proceed" },
    { state: "READING_KEYINFO", result: "failed", to: "NEED_KEY_PAIR wait 30" },
    { state: "READING_KEYINFO", result: "need-pin", to: "NEED_KEYINFO_READ_PIN rest" },
    { state: "GENERATING_KEY_PAIR", result: "no-permission", to: "NEED_KEY_GEN_PERMS rest" },
    { state: "GENERATING_CSR", result: "need-pin", to: "NEED_CSR_GEN_PIN rest" },
    { state: "NEED_TO_SUBMIT", result: "not-started", to: "NEED_TO_SUBMIT wait 30" },
    { state: "NEED_TO_SUBMIT", result: "no-ca", to: "NEED_CA rest" },
    { state: "SAVING_CERT", result: "no-permission", to: "NEED_CERTSAVE_PERMS rest" },
    { state: "SAVING_CERT", result: "need-pin", to: "NEED_CERTSAVE_PIN rest" },
    { state: "SAVING_CERT", result: "failed", to: "NEED_TO_NOTIFY_ISSUED_SAVE_FAILED proceed" },
    { state: "NOTIFYING_ISSUED_SAVE_FAILED", result: "done", to: "NEED_TO_SAVE_CERT wait 30" },
    { state: "SAVING_CA_CERTS", result: "failed", to: "NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED proceed" },
    { state: "NOTIFYING_ISSUED_CA_SAVE_FAILED", result: "done", to: "NEED_TO_SAVE_CA_CERTS wait 30" },
    { state: "SAVING_ONLY_CA_CERTS", result: "failed", to: "NEED_TO_NOTIFY_ONLY_CA_SAVE_FAILED proceed" },
    { state: "NOTIFYING_REJECTION", result: "done", to: "CA_REJECTED rest" },
  ])("in $state ($result) leads to $to", ({ state, result, to }) => {
    expect(next(at(state), ended({ result }))).toBe(to);
  });
});

describe("a certificate that is watched", () => {
  const watched = (left: number, changes: Partial<RequestRecord> = {}): RequestRecord =>
    at("MONITORING", { ...renewing, cert_not_after: days(left), ...changes });

  it.each([
    { what: "is looked at daily", record: watched(100), to: "MONITORING wait 86400" },
    {
      what: "is looked at just after the next threshold",
      record: watched(28.5),
      to: "MONITORING wait 43205",
    },
    {
      what: "is told of, then renewed, when a threshold is crossed",
      record: watched(27.9),
      to: "NEED_TO_NOTIFY_VALIDITY proceed",
    },
    {
      what: "is renewed without a word when nobody monitors it",
      record: watched(27.9, { monitor: false }),
      to: "NEED_CSR proceed",
    },
    {
      what: "is only told of when it does not renew",
      record: watched(27.9, { autorenew: false }),
      to: "NEED_TO_NOTIFY_VALIDITY proceed",
    },
    {
      what: "is renewed when it is over",
      record: watched(-1, { monitor: false, last_need_enroll_check: days(-0.5) }),
      to: "NEED_CSR proceed",
    },
    {
      what: "is left alone when it is younger than 30 minutes",
      record: watched(1, { cert_not_before: days(-0.01) }),
      to: "MONITORING wait 1800",
    },
  ])("$what", ({ record, to }) => {
    expect(next(record, proceed)).toBe(to);
  });

  it("is told of once when it is over, and then renewed, or looked at again half an hour later", () => {
    const told = { ...watched(-1), state: "NOTIFYING_VALIDITY" };
    expect(next(told, ended({ result: "done" }))).toBe("NEED_CSR proceed");
    expect(next({ ...told, autorenew: false }, ended({ result: "done" }))).toBe("MONITORING wait 1800");
  });

  it("is not renewed twice for one threshold", () => {
    const renewed = step(watched(27.9, { monitor: false }), proceed, situation()).record;
    expect(next({ ...renewed, state: "MONITORING" }, proceed)).toMatch(/^MONITORING wait/);
  });

  it("gets a new key when the old one was used often enough, or is old enough", () => {
    const record = watched(27.9, { monitor: false, key_issued_count: 3, key_generated_date: days(-400) });
    expect(next(record, proceed, situation({ maxKeyUseCount: 3 }))).toBe("NEED_KEY_PAIR proceed");
    expect(next(record, proceed, situation({ maxKeyLifetime: "1d" }))).toBe("NEED_KEY_PAIR proceed");
    expect(next(record, proceed, situation({ maxKeyUseCount: 4 }))).toBe("NEED_CSR proceed");
  });
});

describe("every state", () => {
  const results: readonly Result[] = [
    ...["done", "failed", "no-permission", "need-pin", "need-token", "no-ca", "not-started", "issued"],
    ...["rejected", "unreachable", "unconfigured", "waiting", "need-scep-messages", "need-rekey", "useless"],
  ] as readonly Result[];

  it.each(requestStates)(
    "%s goes on with work, with a wait or to another state, or rests as stuck",
    (state) => {
      const { record, next: then } = step(at(state), proceed, situation());
      if (then.kind === "rest") expect(factsOf(parseState(record.state)).isStuck).toBe(true);
      if (then.kind === "proceed") expect(record.state).not.toBe(state);
      expect(requestStates).toContain(record.state);
    },
  );

  it.each(requestStates)("%s has a resting state to fall back to, after two restarts at most", (state) => {
    const fallback = afterRestart(afterRestart(at(state))).state;
    expect(afterRestart(at(parseState(fallback))).state).toBe(fallback);
  });

  it.each([
    { has: "no certificate to encrypt to", type: "EC", there: false, to: "NEED_SCEP_ENCRYPTION_CERT rest" },
    { has: "an EC key", type: "EC", there: true, to: "NEED_SCEP_RSA_CLIENT_KEY rest" },
    { has: "all that SCEP needs", type: "RSA", there: true, to: "NEED_GUIDANCE rest" },
  ])("a helper that wants SCEP messages of a request that has $has: $to", ({ type, there, to }) => {
    const record = at("GENERATING_SCEP_DATA", { ...fresh, key_type: type });
    expect(next(record, proceed, situation({ hasScepCertificate: there }))).toBe(to);
  });

  it("takes any result in any state without losing the request", () => {
    const states = fc.constantFrom(...requestStates);
    void fc.assert(
      fc.property(states, fc.constantFrom(...results), fc.boolean(), (state, result, isRenewal) => {
        const given = at(state, isRenewal ? renewing : fresh);
        const { record } = step(given, ended({ result }), situation());
        expect(requestStates).toContain(record.state);
        expect(record).toMatchObject({ id: "a", key_storage_type: "FILE" });
      }),
      { numRuns: 500 },
    );
  });

  it.each<[RequestState, RequestState]>([
    ["GENERATING_KEY_PAIR", "NEED_KEY_PAIR"],
    ["GENERATING_CSR", "HAVE_KEYINFO"],
    ["SUBMITTING", "HAVE_CSR"],
    ["CA_WORKING", "HAVE_CSR"],
    ["CA_UNREACHABLE", "HAVE_CSR"],
    ["CA_UNCONFIGURED", "HAVE_CSR"],
    ["NEED_CA", "HAVE_CSR"],
    ["SAVING_CERT", "NEED_TO_SAVE_CERT"],
    ["READING_CERT", "NEED_TO_READ_CERT"],
    ["NEED_TO_NOTIFY_VALIDITY", "MONITORING"],
    ["CA_REJECTED", "CA_REJECTED"],
    ["NEED_GUIDANCE", "NEED_GUIDANCE"],
    ["MONITORING", "MONITORING"],
  ])("%s is %s after a restart, as in certmonger", (state, after) => {
    expect(afterRestart(at(state)).state).toBe(after);
  });

  it("runs the post-save command again after a restart, which certmonger does not", () => {
    expect(afterRestart(at("POST_SAVED_CERT")).state).toBe("POST_SAVED_CERT");
  });
});
