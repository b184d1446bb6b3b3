import { decodeRoots, ProtocolError, type Roots } from "../../../protocol/index.ts";
import { type HelperRun, invokeHelper } from "../../testing/invoke-helper.ts";
import { invokeOptions } from "./attempts.ts";
import type { EnrollPlan } from "./plan.ts";

/** The helper's answer to FETCH-ROOTS, or why there is none. */
export interface FetchedRoots {
  readonly helperRun: HelperRun;
  readonly roots?: Roots;
  readonly problem?: string;
}

/** Asks the helper for its roots, as certmonger does when the CA is added. */
export async function fetchRoots(plan: EnrollPlan, signal: AbortSignal): Promise<FetchedRoots> {
  const { caNickname } = plan.wish;
  const helperRun = await invokeHelper({
    ...invokeOptions(plan, signal),
    invocation: { operation: "FETCH-ROOTS", caNickname },
  });
  const { result } = helperRun;
  switch (result?.status) {
    case "answered":
      return { helperRun, ...readRoots(result.output) };
    case "unsupported":
      return { helperRun, problem: "the helper hands out no roots (exit status 6)" };
    case "rejected":
    case "unreachable":
    case "unconfigured":
      return { helperRun, problem: `${result.status}: ${result.message}` };
    case undefined:
      return { helperRun, problem: "problem" in helperRun ? helperRun.problem : "no answer" };
    default:
      return { helperRun, problem: `"${result?.status}" is no answer to it` };
  }
}

function readRoots(output: string): { roots: Roots } | { problem: string } {
  try {
    const roots = decodeRoots(output);
    const count = roots.roots.length + roots.otherRoots.length;
    return count === 0 ? { problem: "certmonger finds no root in the answer" } : { roots };
  } catch (error) {
    if (error instanceof ProtocolError) {
      return { problem: error.message };
    }
    throw error;
  }
}
