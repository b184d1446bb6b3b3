import { setTimeout as sleep } from "node:timers/promises";
import type { EnrollmentRequest, Invocation } from "../../../protocol/index.ts";
import { type HelperRun, type InvokeOptions, invokeHelper } from "../../testing/invoke-helper.ts";
import { generateKey, type KeyPair } from "../../x509/keys.ts";
import { type Consequence, consequenceOf } from "./consequence.ts";
import type { EnrollPlan } from "./plan.ts";
import { makeRequest, wrapCsr } from "./request.ts";

/** One run of the helper with SUBMIT or POLL, and what came after it. */
export interface Attempt {
  readonly helperRun: HelperRun;
  /** What certmonger would do next. */
  readonly consequence: Consequence;
  /** What is done here instead. */
  readonly next: Next;
}

export type Next =
  | { readonly step: "end" }
  /** `because`: why there is no further run, although the helper asks for one. */
  | { readonly step: "give-up"; readonly because: string }
  | { readonly step: "wait"; readonly waitMs: number }
  | { readonly step: "new-key" };

/** What came out in the end, with the request and the key of the last attempt. */
export interface Enrollment {
  readonly attempts: readonly Attempt[];
  readonly request: EnrollmentRequest;
  /** Absent for a CSR that was given. */
  readonly keyPair?: KeyPair;
}

/** A helper that asks for a third key would ask for ever; certmonger does not count. */
const maximumNewKeys = 2;

/**
 * Runs the helper until it has an end: SUBMIT, then POLL with its cookie as long as it says "wait", a new key and
 * SUBMIT again when it asks for one.
 *
 * @param onAttempt is told of each run as soon as it is over
 */
export async function enroll(
  plan: EnrollPlan,
  signal: AbortSignal,
  onAttempt: (attempt: Attempt, number: number) => void,
): Promise<Enrollment> {
  let { keyPair, request } = start(plan);
  let cookie = "";
  let newKeys = 0;
  const attempts: Attempt[] = [];
  for (;;) {
    const invocation: Invocation =
      cookie === "" ? { operation: "SUBMIT", request } : { operation: "POLL", request, cookie };
    const helperRun = await invokeHelper({ ...invokeOptions(plan, signal), invocation });
    const next = decideNext(helperRun, plan, { runs: attempts.length + 1, newKeys }, signal);
    const consequence = consequenceOf(helperRun, plan.wish.previousCertificate !== undefined);
    const attempt = { helperRun, consequence, next };
    attempts.push(attempt);
    onAttempt(attempt, attempts.length);
    switch (next.step) {
      case "end":
      case "give-up":
        return { attempts, request, ...(keyPair && { keyPair }) };
      case "wait":
        cookie = helperRun.result?.status === "wait" ? helperRun.result.cookie : "";
        await pause(next.waitMs, signal);
        if (signal.aborted) {
          return { attempts, request, ...(keyPair && { keyPair }) };
        }
        break;
      case "new-key":
        cookie = "";
        newKeys++;
        keyPair = generateKey(plan.keyKind);
        request = makeRequest(plan.wish, keyPair);
        break;
    }
  }
}

/** How each operation is run for this plan. */
export function invokeOptions(plan: EnrollPlan, signal: AbortSignal): Omit<InvokeOptions, "invocation"> {
  const { helper, daemonEnvironment, deadlineMs } = plan;
  return { command: helper, daemonEnvironment, deadlineMs, signal };
}

function start(plan: EnrollPlan): { keyPair: KeyPair | undefined; request: EnrollmentRequest } {
  if (plan.ownCsr !== undefined) {
    return { keyPair: undefined, request: wrapCsr(plan.wish, plan.ownCsr) };
  }
  const keyPair = plan.keyPair ?? generateKey(plan.keyKind);
  return { keyPair, request: makeRequest(plan.wish, keyPair) };
}

function decideNext(
  { result }: HelperRun,
  plan: EnrollPlan,
  { runs, newKeys }: { runs: number; newKeys: number },
  signal: AbortSignal,
): Next {
  if (result?.status === "need-scep-messages") {
    return { step: "give-up", because: "SCEP messages are certmonger's to make: they can not be tried here" };
  }
  if (result?.status !== "wait" && result?.status !== "need-rekey") {
    return { step: "end" };
  }
  if (signal.aborted) {
    return { step: "give-up", because: "interrupted" };
  }
  if (runs >= plan.maximumRuns) {
    return { step: "give-up", because: `no end after ${runs} runs (--max-runs)` };
  }
  if (result.status === "wait") {
    const askedMs = result.delaySeconds === undefined ? plan.pollIntervalMs : result.delaySeconds * 1000;
    return { step: "wait", waitMs: Math.min(askedMs, plan.longestWaitMs) };
  }
  if (plan.ownCsr !== undefined) {
    return { step: "give-up", because: "the CA wants another key, and the CSR was given with --csr" };
  }
  if (newKeys >= maximumNewKeys) {
    return { step: "give-up", because: `the CA wanted another key ${newKeys + 1} times` };
  }
  return { step: "new-key" };
}

/** An interruption ends the pause. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
