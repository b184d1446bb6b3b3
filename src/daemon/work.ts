import { X509Error } from "../x509/error.ts";
import { remarksOn } from "./defects.ts";
import { type Changes, merge, type RequestRecord } from "./fields.ts";
import { invocationFor, isHelperThere, readEnrollmentRun, runHelper } from "./helper-run.ts";
import { collectHooks, type Hook, type HookTime, locationsOfRequest, runHooks } from "./hooks.ts";
import type { Household } from "./household.ts";
import { makeCsr, makeKey, readKey, signingKey } from "./key-work.ts";
import { notify } from "./notify.ts";
import type { Outcome, Work } from "./outcome.ts";
import { storageQueue } from "./queue.ts";
import { saveCaCertificates } from "./save-ca-certificates.ts";
import { readCertificateBack, saveCertificate } from "./save-work.ts";
import { selfSign } from "./self-sign.ts";
import { parseState } from "./states.ts";
import { StorageError } from "./storage/storage.ts";

export interface WorkContext {
  readonly household: Household;
  /** Keeps changes on the disk before the work goes on. */
  readonly save: (changes: Changes<RequestRecord>) => Promise<void>;
}

/** Does what a state of the machine asks for. What goes wrong is an outcome, and a line in the log. */
export async function doWork(work: Work, record: RequestRecord, context: WorkContext): Promise<Outcome> {
  const { settings } = context.household;
  const report = (problem: string): void => settings.log(0, `Request('${record.id}'): ${problem}`);
  try {
    const outcome = await carryOut(work, record, context, report);
    return outcome.result === "done" && usesStorage.has(work)
      ? { ...outcome, changes: { ca_error: undefined, ...outcome.changes } }
      : outcome;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report(message);
    if (error instanceof StorageError) return { result: error.result, changes: { ca_error: message } };
    // A name that can not be put into a CSR: only a person can mend it.
    return error instanceof X509Error
      ? { result: "failed", changes: { ca_error: message } }
      : { result: "failed" };
  }
}

/** What may have told `getcert list` of a file or a database that it could not use: certmonger leaves that to its log. */
const usesStorage: ReadonlySet<Work> = new Set<Work>([
  "read-key",
  "read-certificate",
  "make-key",
  "save-certificate",
  "save-ca-certificates",
]);

async function carryOut(
  work: Work,
  record: RequestRecord,
  context: WorkContext,
  report: (problem: string) => void,
): Promise<Outcome> {
  const { household } = context;
  const { settings, queues } = household;
  const places = () =>
    [record.key_storage_location, record.cert_storage_location]
      .flatMap((place) => place ?? [])
      .map(storageQueue);
  switch (work) {
    case "read-key":
      return await queues.run(places(), () => readKey(record, report));
    case "read-certificate":
      return await queues.run(places(), () => readCertificateBack(record, report));
    case "make-key":
      return await queues.run(places(), () =>
        makeKey(record, settings.configuration, settings.clock.now(), report, context.save),
      );
    case "make-csr":
      return await queues.run(places(), () => makeCsr(record, settings.configuration.digest, report));
    case "find-helper":
      return await findHelper(record, household, report);
    case "run-helper":
      return await submit(record, household, report);
    case "run-pre-save":
      await runHooks(hooksFor("pre", record, household), settings);
      return { result: "done" };
    case "save-certificate": {
      const outcome = await queues.run(places(), () => saveCertificate(record, report));
      settings.log(0, `Wrote to ${record.cert_storage_location}`);
      return outcome;
    }
    case "save-ca-certificates":
      await saveCaCertificates(household, household.findCaRecord(record.ca_name), record);
      return { result: "done" };
    case "run-post-save":
      await runHooks(hooksFor("post", record, household), settings);
      return { result: "done" };
    case "notify":
      await notify(parseState(record.state), record, settings);
      return { result: "done" };
  }
}

/** The hooks around the saving of a request's certificate. */
export function hooksFor(time: HookTime, record: RequestRecord, household: Household): Hook[] {
  return collectHooks(time, locationsOfRequest(record), household.requestRecords(), household.caRecords());
}

async function findHelper(
  record: RequestRecord,
  household: Household,
  report: (problem: string) => void,
): Promise<Outcome> {
  const ca = household.findCaRecord(record.ca_name);
  if (ca === undefined) {
    return {
      result: "no-ca",
      changes: {
        ca_error: record.ca_name
          ? `there is no CA with the name "${record.ca_name}"`
          : "no CA was named, and none is the default",
      },
    };
  }
  if (ca.ca_type !== "EXTERNAL") return { result: "done" };
  const problem = await isHelperThere(ca.ca_external_helper);
  if (problem === undefined) return { result: "done" };
  report(problem.reason);
  return { result: "not-started", changes: { ca_error: problem.reason } };
}

async function submit(
  record: RequestRecord,
  household: Household,
  report: (problem: string) => void,
): Promise<Outcome> {
  const { settings } = household;
  const ca = household.findCaRecord(record.ca_name);
  if (ca === undefined) return { result: "useless" };
  if (ca.ca_type !== "EXTERNAL") {
    const keyPair = await signingKey(record, report);
    let certificate = "";
    // Inside the change of the CA, so that no two requests get one serial number.
    await household.changeCa(ca.id, (newest) => {
      const options = { ...settings.configuration, now: settings.clock.now() };
      const signed = selfSign(record, newest, keyPair, options);
      certificate = signed.certificate;
      return merge(newest, signed.changes);
    });
    const cert = `${certificate}\n`;
    const changes = { cert, cert_chain: undefined, cert_roots: undefined };
    return { result: "issued", changes: { ...changes, ...countSubmit(record) } };
  }
  const invocation = invocationFor(record);
  settings.log(2, `Request('${record.id}'): ${invocation.operation} by ${ca.ca_external_helper}`);
  const run = await runHelper(ca, invocation, settings);
  if (run.status !== "not-started" && run.stderr !== "") report(`helper says: ${run.stderr.trimEnd()}`);
  if (run.status !== "not-started") for (const remark of remarksOn(run)) report(remark);
  const outcome = readEnrollmentRun(run, record, settings);
  const problem = outcome.changes?.ca_error ?? outcome.why;
  if (problem !== undefined) report(problem);
  return invocation.operation === "SUBMIT"
    ? { ...outcome, changes: { ...outcome.changes, ...countSubmit(record) } }
    : outcome;
}

/** How often a certificate for the key was asked for; POLL does not count. */
function countSubmit(record: RequestRecord): Changes<RequestRecord> {
  return record.key_next_marker
    ? { key_next_requested_count: (record.key_next_requested_count ?? 0) + 1 }
    : { key_requested_count: (record.key_requested_count ?? 0) + 1 };
}
