import {
  decodeReply,
  type Environment,
  ExitStatus,
  encodeInvocation,
  type HelperResult,
  type Invocation,
  issued,
  type Operation,
  ProtocolError,
  type Reply,
} from "../../protocol/index.ts";
import type { CommandRun } from "../process/command.ts";
import { helperEnvironment } from "../process/helper-environment.ts";
import type { ProcessName } from "../process/process-table.ts";
import { runCommand } from "../process/run-command.ts";

export interface InvokeOptions {
  /** The helper and its arguments. */
  readonly command: readonly string[];
  readonly invocation: Invocation;
  /** What the daemon was started with; the helper gets the few names that certmonger hands down. */
  readonly daemonEnvironment?: Environment;
  /** Variables to set for the helper on top, or to take away (`undefined`): what certmonger never does. */
  readonly overrides?: Environment;
  /** Default 5 minutes. certmonger has none. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly maximumOutputBytes?: number;
}

/** One run of a helper: what it was given, what it did, and what certmonger would make of that. */
export type HelperRun = {
  readonly command: readonly string[];
  readonly invocation: Invocation;
  /** The helper's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly run: CommandRun;
} & (
  | { readonly reply: Reply; readonly result: HelperResult }
  /** The helper answered, but certmonger has no use for the answer. */
  | { readonly reply: Reply; readonly result?: undefined; readonly problem: string }
  /** There was no answer: the helper was not started, killed, or stopped. */
  | { readonly reply?: undefined; readonly result?: undefined; readonly problem: string }
);

const defaultDeadlineMs = 5 * 60 * 1000;

/**
 * Runs a helper once, in the environment and manner of certmonger, and reads its answer.
 *
 * A helper that had to be stopped gave no answer, even if it answered SIGTERM with an exit status: certmonger
 * would still be waiting for it.
 *
 * @throws {ProtocolError} for an invocation that certmonger could not make
 */
export async function invokeHelper(options: InvokeOptions): Promise<HelperRun> {
  const { command, invocation, deadlineMs = defaultDeadlineMs, signal, maximumOutputBytes } = options;
  const environment = withOverrides(
    { ...helperEnvironment(options.daemonEnvironment), ...encodeInvocation(invocation) },
    options.overrides,
  );
  const run = await runCommand({
    argv: command,
    environment,
    deadlineMs,
    ...(signal && { signal }),
    ...(maximumOutputBytes !== undefined && { maximumOutputBytes }),
  });
  const given = { command, invocation, environment, run };
  if (run.status !== "exited" || run.stoppedBy !== undefined) {
    return { ...given, problem: whyNoReply(run, deadlineMs) };
  }
  const reply = { exitStatus: run.exitStatus, stdout: Buffer.from(run.stdout).toString("utf8") };
  try {
    return { ...given, reply, result: await readReply(operationOf(invocation), reply, run.stdout) };
  } catch (error) {
    if (error instanceof ProtocolError) {
      return { ...given, reply, problem: error.message };
    }
    throw error;
  }
}

/** A helper takes an operation that it does not know for a question, not for an enrollment. */
function operationOf(invocation: Invocation): Operation {
  return invocation.operation === "unknown" ? "IDENTIFY" : invocation.operation;
}

/** What certmonger makes of a reply; an issued certificate may come in forms that only `x509` can read. */
async function readReply(operation: Operation, reply: Reply, stdout: Uint8Array): Promise<HelperResult> {
  const isEnrollment = operation === "SUBMIT" || operation === "POLL";
  if (!isEnrollment || reply.exitStatus !== ExitStatus.issued) {
    return decodeReply(operation, reply);
  }
  const { readIssuedOutput } = await import("./issued-output.ts");
  const { certificateToPem } = await import("../x509/certificate.ts");
  const output = readIssuedOutput(stdout);
  if ("problem" in output) {
    throw new ProtocolError(output.text);
  }
  const { leaf, others, roots } = output;
  return issued({ certificate: certificateToPem(leaf), chain: others.map(certificateToPem), roots });
}

function whyNoReply(run: CommandRun, deadlineMs: number): string {
  if (run.status === "not-started") {
    return run.reason;
  }
  if (run.stoppedBy === "abort") {
    return "aborted";
  }
  if (run.stoppedBy === "output-limit") {
    return `more than ${run.stdout.length} bytes on stdout`;
  }
  if (run.stoppedBy === "deadline") {
    return run.stdoutHeld === undefined
      ? `no answer within ${deadlineMs / 1000} s`
      : `stdout not closed within ${deadlineMs / 1000} s: ${run.stdoutHeld.by.map(describeProcess).join(", ")} holds it`;
  }
  return run.status === "killed" ? `killed by ${run.signal}` : `exit status ${run.exitStatus}`;
}

function describeProcess({ pid, name }: ProcessName): string {
  return `process ${pid} (${name})`;
}

function withOverrides(
  environment: Readonly<Record<string, string>>,
  overrides: Environment = {},
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...environment, ...overrides })) {
    if (value !== undefined) {
      result[name] = value;
    }
  }
  return result;
}
