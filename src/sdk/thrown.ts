import { HelperFailure, type Refused } from "../../protocol/index.ts";
import type { Log } from "./log.ts";

/**
 * What a thrown value means on the wire: a `HelperFailure` says it itself, everything unforeseen is
 * "unreachable", the status after which certmonger asks again.
 */
export function resultOfThrown(error: unknown, log: Log): Refused {
  if (error instanceof HelperFailure) {
    log.debug(describeCauses(error));
    return { status: error.status, message: error.message || "the helper gave no reason" };
  }
  log.error(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { status: "unreachable", message: `internal error, please report it: ${what}` };
}

function describeCauses(error: Error): string {
  const messages: string[] = [];
  for (let at: unknown = error; at !== undefined && messages.length < 8; ) {
    messages.push(at instanceof Error ? at.message : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return messages.join(": because ");
}
