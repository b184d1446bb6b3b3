import type { CsrSample } from "../csr-samples.ts";
import type { Fault, Outcome } from "../judge-reply.ts";
import type { Enrollment, EnrollOptions, Trial } from "../trial.ts";
import { type CheckId, failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { relaxation } from "./relaxation.ts";

/**
 * The fault that stops the plain request, under the check that reports it; `undefined` when there is none. A check
 * that compares with the plain request has nothing to say while there is one.
 */
export async function plainFault(trial: Trial): Promise<Fault | undefined> {
  const plain = await trial.plain();
  if (plain.judgement.outcome !== "broken") return undefined;
  const relaxed = await relaxation(trial);
  if (relaxed !== undefined) return { check: relaxed.check, text: relaxed.text };
  return plain.judgement.faults[0];
}

/** The verdict of a check that is about the plain request itself: its SUBMIT and its POLLs. */
export async function judgePlain(trial: Trial, check: CheckId): Promise<Verdict> {
  const plain = await trial.plain();
  const stop = await plainFault(trial);
  for (const [index, judgement] of plain.judgements.entries()) {
    const fault = judgement.faults.find((other) => other.check === check);
    const run = plain.runs[index];
    if (fault === undefined || run === undefined) continue;
    if (stop !== undefined && stop.check !== check) return hidden(stop.check);
    return failed(fault.text, run);
  }
  return stop === undefined ? passed : hidden(stop.check);
}

/** The same for a check that speaks about issued certificates only. */
export async function judgeIssuedPlain(trial: Trial, check: CheckId): Promise<Verdict> {
  const verdict = await judgePlain(trial, check);
  const plain = await trial.plain();
  if (verdict.verdict !== "passed") return verdict;
  return plain.last.exitStatus === 0 ? passed : notApplicable("no certificate was issued");
}

/** The same for a check that speaks about waiting only. */
export async function judgeWaitingPlain(trial: Trial, check: CheckId): Promise<Verdict> {
  const verdict = await judgePlain(trial, check);
  const plain = await trial.plain();
  if (verdict.verdict !== "passed") return verdict;
  return hasWaited(plain) ? passed : notApplicable("the helper never said wait");
}

export function hasWaited(enrollment: Enrollment): boolean {
  return enrollment.judgements.some(({ outcome }) => outcome === "wait");
}

/** Faults of this request that the plain one does not have, so that a fault of every reply is reported once. */
export async function ownFaults(trial: Trial, enrollment: Enrollment): Promise<Fault[]> {
  const plain = await trial.plain();
  const known = new Set(plain.judgements.flatMap(({ faults }) => faults).map(({ check }) => check));
  return enrollment.judgements.flatMap(({ faults }) => faults).filter(({ check }) => !known.has(check));
}

/** Runs a request and asks only that the answer is one that certmonger can use, whatever it is. */
export async function judgeProper(trial: Trial, sample: CsrSample, options: EnrollOptions): Promise<Verdict> {
  const stop = await plainFault(trial);
  if (stop !== undefined) return hidden(stop.check);
  const enrollment = await trial.enroll(sample, options);
  return properVerdict(trial, enrollment);
}

export async function properVerdict(trial: Trial, enrollment: Enrollment): Promise<Verdict> {
  const [fault] = await ownFaults(trial, enrollment);
  return fault === undefined ? passed : failed(`${fault.text} (as in ${fault.check})`, ...enrollment.runs);
}

/** Runs a request and asks that it fares as the plain one did. */
export async function judgeAlike(trial: Trial, sample: CsrSample, options: EnrollOptions): Promise<Verdict> {
  const stop = await plainFault(trial);
  if (stop !== undefined) return hidden(stop.check);
  const plain = await trial.plain();
  const enrollment = await trial.enroll(sample, options);
  const proper = await properVerdict(trial, enrollment);
  if (proper.verdict !== "passed" || isAlike(plain, enrollment)) return proper;
  const [was, is] = [plain.judgement.outcome, enrollment.judgement.outcome];
  return failed(`the plain request was ${describe(was)}, this one was ${describe(is)}`, ...enrollment.runs);
}

/** Equal outcomes; where a CA is slow, wait and its end are equal too. */
export function isAlike(plain: Enrollment, other: Enrollment): boolean {
  if (plain.judgement.outcome === other.judgement.outcome) return true;
  return other.judgement.outcome === "wait" && hasWaited(plain);
}

export function describe(outcome: Outcome): string {
  switch (outcome) {
    case "wait":
      return "left waiting";
    case "need-rekey":
      return "answered with 17 (need a new key)";
    case "need-scep-messages":
      return "answered with 16 (need SCEP messages)";
    case "unreachable":
    case "unconfigured":
      return `answered '${outcome}'`;
    case "issued":
    case "rejected":
    case "broken":
      return outcome;
  }
}
