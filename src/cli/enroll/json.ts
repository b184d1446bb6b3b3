import { exitStatusName, type HelperResult } from "../../../protocol/index.ts";
import type { Observed } from "../../process/command.ts";
import type { HelperRun } from "../../testing/invoke-helper.ts";
import type { IssuedOutput } from "../../testing/issued-output.ts";
import { certificateToPem } from "../../x509/certificate.ts";
import type { Attempt, Next } from "./attempts.ts";
import { type Check, describeKey, isAcceptable, namesOf } from "./certificate-check.ts";
import type { Consequence } from "./consequence.ts";
import type { FetchedRoots } from "./fetch-roots.ts";

/** What `enroll --json` prints. Fields may be added; `format` changes when one changes its meaning. */
export interface EnrollDocument {
  readonly format: 1;
  /** Whether a certificate came out that passed the checks: the exit code is then 0. */
  readonly issued: boolean;
  /** Present with --roots. */
  readonly fetchRoots?: RunDocument & { readonly nicknames: readonly string[] };
  readonly attempts: readonly (RunDocument & {
    /** What certmonger would do next. */
    readonly certmonger: Consequence;
    /** What was done here. */
    readonly next: Next;
  })[];
  /** Absent when none came out. */
  readonly certificate?: CertificateDocument;
  /** Paths of the files written. */
  readonly files: readonly string[];
}

export interface RunDocument extends Partial<Omit<Observed, "stdout">> {
  readonly operation: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absent when the helper was not started or was killed. */
  readonly exitStatus?: number;
  /** The name of a known exit status. */
  readonly exitStatusName?: string;
  readonly signal?: string;
  /** All of it, as UTF-8. */
  readonly stdout?: string;
  /** The answer as certmonger reads it; else `problem` says why there is none. */
  readonly result?: HelperResult;
  readonly problem?: string;
}

export interface CertificateDocument {
  readonly pem: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly issuer: string;
  /** Hex. */
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  /** PEM. */
  readonly chain: readonly string[];
  readonly checks: readonly Check[];
}

export function enrollDocument(results: {
  fetched?: FetchedRoots | undefined;
  attempts: readonly Attempt[];
  issued?: IssuedOutput | undefined;
  checks?: readonly Check[] | undefined;
  files: readonly string[];
}): EnrollDocument {
  const { fetched, attempts, issued, checks, files } = results;
  return {
    format: 1,
    issued: checks !== undefined && isAcceptable(checks),
    ...(fetched && { fetchRoots: rootsDocument(fetched) }),
    attempts: attempts.map(({ helperRun, consequence, next }) => ({
      ...runDocument(helperRun),
      certmonger: consequence,
      next,
    })),
    ...(issued && checks && { certificate: certificateDocument(issued, checks) }),
    files,
  };
}

function rootsDocument({ helperRun, roots, problem }: FetchedRoots) {
  const nicknames = roots ? [...roots.roots, ...roots.otherRoots].map(({ nickname }) => nickname) : [];
  return { ...runDocument(helperRun), ...(problem && { problem }), nicknames };
}

function runDocument({ command, environment, invocation, run, reply, ...answer }: HelperRun): RunDocument {
  const base = {
    operation: invocation.operation,
    command,
    environment,
    ...(answer.result && { result: answer.result }),
    ...("problem" in answer && { problem: answer.problem }),
  };
  if (run.status === "not-started") {
    return base;
  }
  const { status: _, stdout, ...observed } = run;
  const name = run.status === "exited" ? exitStatusName(run.exitStatus) : undefined;
  return {
    ...base,
    ...observed,
    ...(name && { exitStatusName: name }),
    stdout: reply?.stdout ?? Buffer.from(stdout).toString("utf8"),
  };
}

function certificateDocument({ leaf, others }: IssuedOutput, checks: readonly Check[]): CertificateDocument {
  return {
    pem: certificateToPem(leaf),
    subject: leaf.subject,
    names: namesOf(leaf),
    issuer: leaf.issuer,
    serial: leaf.serial,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
    key: describeKey(leaf),
    chain: others.map(certificateToPem),
    checks,
  };
}
