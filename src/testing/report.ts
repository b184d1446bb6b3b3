import type { Check, CheckId, Group, Severity, SkipReason, Verdict } from "./checks/check.ts";
import { groupOf } from "./checks/check.ts";
import type { Run } from "./run.ts";

/**
 * What a trial came to. Its JSON form is what `--json` prints; `docs/conformance-report.schema.json` describes it,
 * and a change that is not an addition raises `version`.
 */
export interface Report {
  readonly version: 1;
  /** The helper and its arguments. */
  readonly command: readonly string[];
  /** The first line that it answered to IDENTIFY. */
  readonly identity?: string;
  /** How the plain request ended: `issued`, `wait`, `rejected`, ... Absent when no check needed one. */
  readonly outcome?: string;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The sum of the times that the helper's runs took; more than `durationMs` where they ran at once. */
  readonly helperMs: number;
  /** How often the helper was run. */
  readonly runs: number;
  readonly summary: Summary;
  /** Operations that were answered with 6. */
  readonly notSupported: readonly string[];
  /** One for each check, in the order of the catalogue. */
  readonly results: readonly CheckResult[];
}

export interface Summary {
  readonly passed: number;
  readonly failedMust: number;
  readonly failedShould: number;
  /** Not judged although selected. */
  readonly skipped: number;
  readonly notSelected: number;
}

export interface CheckResult {
  readonly id: CheckId;
  readonly group: Group;
  readonly severity: Severity;
  readonly operation: string;
  readonly title: string;
  readonly rule: string;
  readonly harm: string;
  readonly tried: string;
  readonly mend: string;
  readonly verdict: Verdict["verdict"];
  /** What was found; on failure. */
  readonly finding?: string;
  /** Why it was not judged. */
  readonly because?: SkipReason;
  readonly reason?: string;
  /** The runs that show it; on failure. */
  readonly evidence: readonly Evidence[];
}

/** One run, as text. Secrets are replaced by `[secret]`. */
export interface Evidence {
  readonly scenario: string;
  readonly argv: readonly string[];
  /** The helper's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly exitStatus?: number;
  readonly signal?: string;
  readonly notStarted?: string;
  readonly stoppedBy?: string;
  readonly durationMs: number;
  /** At most 64 KiB. What is no UTF-8 is replaced. */
  readonly stdout: string;
  readonly stdoutBytes: number;
  readonly stderr: string;
}

const maximumText = 64 * 1024;

export function resultOf(check: Check, verdict: Verdict, secrets: readonly string[]): CheckResult {
  const { judge: _, ...about } = check;
  const base = { ...about, group: groupOf(check.id), verdict: verdict.verdict, evidence: [] };
  switch (verdict.verdict) {
    case "passed":
      return base;
    case "skipped":
      return { ...base, because: verdict.because, reason: verdict.reason };
    case "failed": {
      const finding = redact(verdict.finding, secrets);
      return { ...base, finding, evidence: verdict.runs.map((run) => evidenceOf(run, secrets)) };
    }
  }
}

function evidenceOf(run: Run, secrets: readonly string[]): Evidence {
  const { scenario, exitStatus, signal, notStarted, stoppedBy } = run;
  const text = (given: string): string => redact(given.slice(0, maximumText), secrets);
  return {
    scenario,
    argv: run.argv.map(text),
    environment: Object.fromEntries(
      Object.entries(run.environment).map(([name, value]) => [name, text(value)]),
    ),
    ...(exitStatus !== undefined && { exitStatus }),
    ...(signal !== undefined && { signal }),
    ...(notStarted !== undefined && { notStarted }),
    ...(stoppedBy !== undefined && { stoppedBy }),
    durationMs: Math.round(run.durationMs),
    stdout: text(Buffer.from(run.stdout.subarray(0, maximumText)).toString("utf8")),
    stdoutBytes: run.stdout.length,
    stderr: text(run.stderr),
  };
}

/** Secrets are kept as latin1 text, byte for byte. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (clean, secret) => clean.replaceAll(Buffer.from(secret, "latin1").toString("utf8"), "[secret]"),
    text,
  );
}

export function summarize(results: readonly CheckResult[]): Summary {
  const count = (accept: (result: CheckResult) => boolean): number => results.filter(accept).length;
  return {
    passed: count(({ verdict }) => verdict === "passed"),
    failedMust: count(({ verdict, severity }) => verdict === "failed" && severity === "must"),
    failedShould: count(({ verdict, severity }) => verdict === "failed" && severity === "should"),
    skipped: count(({ verdict, because }) => verdict === "skipped" && because !== "not-selected"),
    notSelected: count(({ because }) => because === "not-selected"),
  };
}

/** Failures, the musts first; within them the order of the catalogue. */
export function failuresFirst(results: readonly CheckResult[]): CheckResult[] {
  const failures = results.filter(({ verdict }) => verdict === "failed");
  return [
    ...failures.filter(({ severity }) => severity === "must"),
    ...failures.filter(({ severity }) => severity === "should"),
  ];
}
