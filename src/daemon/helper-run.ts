import {
  decodeReply,
  type EnrollmentRequest,
  ExitStatus,
  encodeInvocation,
  firstLine,
  type Invocation,
  ProtocolError,
  splitCommandLine,
} from "../../protocol/index.ts";
import type { CommandRun, Exited, Killed } from "../process/command.ts";
import { findExecutable } from "../process/find-executable.ts";
import { helperEnvironment, helperPath } from "../process/helper-environment.ts";
import { runCommand } from "../process/run-command.ts";
import { certificateToPem } from "../x509/certificate.ts";
import { carriesKeyOf } from "../x509/chain.ts";
import { readCsr } from "../x509/csr.ts";
import { readIssuedOutput } from "../x509/issued-output.ts";
import { stopDefect } from "./defects.ts";
import type { CaRecord, RequestRecord } from "./fields.ts";
import type { Outcome } from "./outcome.ts";
import type { Settings } from "./settings.ts";

/** Is the helper's file there? A command line that can not be split counts as there: its run then fails. */
export async function isHelperThere(
  commandLine: string | undefined,
): Promise<{ reason: string } | undefined> {
  let argv: string[];
  try {
    argv = splitCommandLine(commandLine ?? "");
  } catch {
    return undefined;
  }
  const found = await findExecutable(argv[0] ?? "", helperPath, "/");
  return typeof found === "string" ? undefined : { reason: found.reason };
}

/** Runs a CA's helper as certmonger does. */
export async function runHelper(
  ca: CaRecord,
  invocation: Invocation,
  settings: Settings,
): Promise<CommandRun> {
  let argv: string[];
  try {
    argv = splitCommandLine(ca.ca_external_helper ?? "");
  } catch (error) {
    // certmonger's child exits 255 then.
    const reason = error instanceof Error ? error.message : String(error);
    settings.log(0, `${reason}: ${ca.ca_external_helper}`);
    return exited(255, `${reason}: ${ca.ca_external_helper}`);
  }
  return await runCommand({
    argv,
    environment: {
      ...helperEnvironment(settings.environment),
      ...encodeInvocation(invocation),
      ...settings.helperClock(),
    },
    deadlineMs: settings.helperDeadlineMs,
    signal: settings.abort,
  });
}

const exited = (exitStatus: number, stdout: string): CommandRun => ({
  status: "exited",
  exitStatus,
  stdout: Buffer.from(stdout),
  stderr: "",
  durationMs: 0,
  leftBehind: [],
});

/** What SUBMIT and POLL are given of a request. */
export function invocationFor(record: RequestRecord): Invocation {
  const request = enrollmentRequest(record);
  const cookie = record.ca_cookie ?? "";
  return cookie === "" ? { operation: "SUBMIT", request } : { operation: "POLL", request, cookie };
}

function enrollmentRequest(record: RequestRecord): EnrollmentRequest {
  const optional = {
    subject: record.template_subject ?? record.cert_subject,
    profile: record.template_profile,
    issuer: record.template_issuer,
    caNickname: record.ca_name,
    keyType: record.key_type,
    // The key in use, even when the CSR is for the one that will replace it.
    spki: record.key_pubkey_info && Buffer.from(record.key_pubkey_info, "hex").toString("base64"),
    spkac: record.spkac,
    previousCertificate: record.cert,
  };
  return {
    csr: record.csr ?? "",
    hostnames: record.template_hostname ?? [],
    principals: record.template_principal ?? [],
    emails: record.template_email ?? [],
    ipAddresses: record.template_ipaddress ?? [],
    ...Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined && value !== ""),
    ),
  };
}

/**
 * What the end of a SUBMIT or POLL means for the request.
 *
 * As certmonger sees it, but for what would hurt: PEM that never ends (it would hang), a certificate for another key (it
 * would be saved), a helper without an end. These become NEED_GUIDANCE with the id of the check that tells of them.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry, CM_SUBMITTING; src/submit-e.c
 */
export function readEnrollmentRun(run: CommandRun, record: RequestRecord, settings: Settings): Outcome {
  if (run.status === "not-started") return { result: "not-started", why: run.reason };
  const outcome = readEnded(run, record, settings);
  const isUnexplained = outcome.result === "useless" && outcome.changes?.ca_error === undefined;
  return isUnexplained
    ? { ...outcome, why: `the helper's answer makes no sense: ${described(run)}` }
    : outcome;
}

/** `exit status 1, nothing on stdout` */
function described(run: Exited | Killed): string {
  const end = run.status === "killed" ? `killed by ${run.signal}` : `exit status ${run.exitStatus}`;
  const [first = ""] = Buffer.from(run.stdout)
    .toString("utf8")
    .split(/[\r\n]/);
  const output =
    run.stdout.length === 0 ? "nothing on stdout" : `stdout begins ${JSON.stringify(first.slice(0, 60))}`;
  const complaint = run.stderr.trim().split("\n").at(-1) ?? "";
  return [
    end,
    output,
    ...(complaint === "" ? [] : [`stderr ends ${JSON.stringify(complaint.slice(-100))}`]),
  ].join(", ");
}

function readEnded(run: Exited | Killed, record: RequestRecord, settings: Settings): Outcome {
  const text = Buffer.from(run.stdout).toString("utf8").split("\0")[0] ?? "";
  const defect = stopDefect(run, settings.helperDeadlineMs);
  if (defect !== undefined) return useless(defect);
  if (run.status === "killed") return { result: "useless" };
  const message = firstLine(text);
  switch (run.exitStatus) {
    case ExitStatus.issued:
      return readIssued(run.stdout, record);
    case ExitStatus.wait:
    case ExitStatus.waitWithDelay:
      return readWait(run.exitStatus, text);
    case ExitStatus.rejected:
      return withMessage("rejected", message);
    case ExitStatus.unreachable:
      return withMessage("unreachable", message);
    case ExitStatus.unconfigured:
      return withMessage("unconfigured", message);
    case ExitStatus.needScepMessages:
      return withMessage("need-scep-messages", message);
    case ExitStatus.needRekey:
      return withMessage("need-rekey", message);
    default:
      return withMessage("useless", message);
  }
}

const withMessage = (result: Outcome["result"], message: string): Outcome =>
  message === "" ? { result } : { result, changes: { ca_error: message } };

const useless = (problem: string): Outcome => ({ result: "useless", changes: { ca_error: problem } });

function readWait(exitStatus: number, stdout: string): Outcome {
  try {
    const reply = decodeReply("SUBMIT", { exitStatus, stdout });
    if (reply.status !== "wait") return { result: "useless" };
    return {
      result: "waiting",
      changes: { ca_cookie: reply.cookie === "" ? undefined : reply.cookie },
      ...(reply.delaySeconds !== undefined && { delaySeconds: reply.delaySeconds }),
    };
  } catch (error) {
    if (error instanceof ProtocolError) return { result: "useless" };
    throw error;
  }
}

function readIssued(stdout: Uint8Array, record: RequestRecord): Outcome {
  const output = readIssuedOutput(stdout);
  if ("problem" in output) {
    // certmonger says nothing here, and hangs for ever on the first.
    const isDefect = output.problem === "truncated-pem";
    return isDefect ? useless(`enroll.truncated-pem: ${output.text}`) : { result: "useless" };
  }
  const { leaf, others, roots } = output;
  if (!carriesKeyOf(leaf, readCsr(record.csr ?? ""))) {
    return useless("enroll.key: the certificate is for another key than the request's");
  }
  const chain = others.map((certificate, index) => ({
    nickname: `chain #${index + 1}`,
    certificate: certificateToPem(certificate),
  }));
  return {
    result: "issued",
    changes: {
      cert: `${certificateToPem(leaf)}\n`,
      cert_chain: chain.length === 0 ? undefined : chain,
      cert_roots: roots.length === 0 ? undefined : roots,
    },
  };
}
