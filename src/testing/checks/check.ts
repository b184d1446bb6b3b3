import type { Run } from "../run.ts";
import type { Trial } from "../trial.ts";

/**
 * `must`: certmonger, or what it installs, goes wrong. `should`: it works, and a person or a CA pays for it.
 */
export type Severity = "must" | "should";

/** The groups, in the order of the report. The first part of a check's id is its group. */
export const groups = {
  operations: "Operations",
  enroll: "Enrollment",
  poll: "Poll and cookies",
  roots: "Roots",
  lists: "Lists",
  scep: "SCEP answers",
  failures: "Failures",
  hygiene: "Hygiene",
  load: "Load",
  faults: "Network faults",
} as const;

export type Group = keyof typeof groups;
export type CheckId = `${Group}.${string}`;

/** One thing that a helper has to get right. All of it but `judge` is text for the reports. */
export interface Check {
  readonly id: CheckId;
  readonly severity: Severity;
  /** The operation that is tried, or "any". */
  readonly operation: string;
  /** What a right helper does: the line of the report. */
  readonly title: string;
  /** The rule of the protocol that it stands for. */
  readonly rule: string;
  /** What certmonger, or the user, suffers otherwise. */
  readonly harm: string;
  /** How it was tried. */
  readonly tried: string;
  /** How to mend a helper that fails. */
  readonly mend: string;
  readonly judge: (trial: Trial) => Promise<Verdict>;
}

export type Verdict =
  | { readonly verdict: "passed" }
  | { readonly verdict: "failed"; readonly finding: string; readonly runs: readonly Run[] }
  | { readonly verdict: "skipped"; readonly because: SkipReason; readonly reason: string };

/**
 * Why a check was not judged: the helper does not support the operation (status 6); the situation did not come
 * up; another check already reports the same fault; an option that it needs was not given; it was not selected.
 */
export type SkipReason = "not-supported" | "not-applicable" | "hidden" | "opt-in" | "not-selected";

export const passed: Verdict = { verdict: "passed" };

export function failed(finding: string, ...runs: readonly Run[]): Verdict {
  return { verdict: "failed", finding, runs };
}

export function notSupported(operation: string): Verdict {
  return { verdict: "skipped", because: "not-supported", reason: `${operation} is not supported` };
}

export function notApplicable(reason: string): Verdict {
  return { verdict: "skipped", because: "not-applicable", reason };
}

export function hidden(by: string): Verdict {
  return { verdict: "skipped", because: "hidden", reason: `see ${by}` };
}

export function optIn(option: string): Verdict {
  return { verdict: "skipped", because: "opt-in", reason: `needs ${option}` };
}

/** The group of a check: the part of its id before the dot. */
export function groupOf(id: CheckId): Group {
  const names = Object.keys(groups) as Group[];
  return names.find((name) => id.startsWith(`${name}.`)) ?? "operations";
}
