import { type EnrollmentResult, unreachable, wait } from "../../protocol/index.ts";
import { type BoundCookie, encodeBoundCookie } from "./cookie.ts";
import { describeSeconds } from "./duration.ts";

const firstDelaySeconds = 30;
const longestDelaySeconds = 3_600;

/**
 * Puts an enrollment's result into the form that certmonger gets: cookies bound to their CSR, and passing
 * faults asked again within `retryForSeconds` (with status 5 and a growing delay) before they become
 * "unreachable", after which certmonger would come back in days.
 */
export function bindResult(
  result: EnrollmentResult,
  run: { cookie: BoundCookie; retryForSeconds: number; now: Date },
): EnrollmentResult {
  const { cookie, retryForSeconds, now } = run;
  if (result.status === "wait") {
    const bound = encodeBoundCookie({ ...cookie, tries: 0, since: 0, inner: result.cookie });
    return wait(bound, result.delaySeconds);
  }
  if (result.status !== "unreachable" || retryForSeconds === 0) return result;

  const seconds = Math.floor(now.getTime() / 1_000);
  const since = cookie.tries === 0 ? seconds : cookie.since;
  const tries = cookie.tries + 1;
  const left = since + retryForSeconds - seconds;
  if (left <= 0) {
    const spent = describeSeconds(seconds - since);
    return unreachable(`${result.message} (asked ${tries} times in ${spent})`);
  }
  const delay = Math.min(growingDelay(tries, cookie.csrDigest), left);
  return wait(encodeBoundCookie({ ...cookie, tries, since }), delay);
}

/**
 * 30 s, 1, 2, 4 … minutes, at most an hour; each CSR has its own tenth of that on top, so that many machines
 * which lost the same server do not come back in the same second.
 */
function growingDelay(tries: number, csrDigest: string): number {
  const delay = Math.min(firstDelaySeconds * 2 ** (tries - 1), longestDelaySeconds);
  const share = Number.parseInt(csrDigest.slice(0, 4), 16) / 0xffff;
  return Math.round(delay * (1 + share / 10));
}
