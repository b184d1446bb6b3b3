import {
  type EnrollmentRequest,
  type EnrollmentResult,
  rejected,
  unreachable,
} from "../../protocol/index.ts";
import { type Csr, csrDigest, readCsr } from "../x509/csr.ts";
import { X509Error } from "../x509/error.ts";
import { checkIssued } from "./check-issued.ts";
import { type BoundCookie, decodeBoundCookie } from "./cookie.ts";
import type { Helper, HelperContext } from "./helper.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import type { OptionTable } from "./option-table.ts";
import { bindResult } from "./retry.ts";
import { orWhenStopped, type Stop } from "./stop.ts";
import { resultOfThrown } from "./thrown.ts";

export interface Enrollment {
  readonly request: EnrollmentRequest;
  /** The cookie as certmonger gave it; `undefined` on SUBMIT. */
  readonly cookie: string | undefined;
  readonly retryForSeconds: number;
  readonly stateDirectory: string;
  readonly stop: Stop;
}

/**
 * One run of SUBMIT or POLL: which step of the helper it is, the step itself, and what of its result
 * certmonger may have.
 */
export async function enroll<O extends OptionTable>(
  helper: Helper<O>,
  enrollment: Enrollment,
  context: HelperContext<O>,
): Promise<EnrollmentResult> {
  const { request, stateDirectory, stop } = enrollment;
  let csr: Csr;
  try {
    csr = readCsr(request.csr);
  } catch (error) {
    if (error instanceof X509Error)
      return rejected(`the CSR can not be used: ${error.message.replace(/^CSR: /, "")}`);
    throw error;
  }
  const digest = csrDigest(csr);
  const cookie = boundCookie(enrollment.cookie, digest, context);
  const ledger = quietly(
    openLedger({
      directory: stateDirectory,
      request,
      csrDigest: digest,
      options: context.options,
      dependsOn: () => `${helper.version} ${helper.answersDependOn?.(context.options) ?? ""}`,
      now: context.now,
    }),
    context,
  );

  const step = takeStep(helper, request, cookie, ledger, context, stop);
  const result = await orWhenStopped(step, stop, (reason) => stop.resumption ?? unreachable(reason));
  const checked = checkResult(result, csr, context.now());
  const inner = checked.status === "wait" ? checked.cookie : undefined;
  await ledger.note(checked, inner);
  return bindResult(checked, { cookie, retryForSeconds: enrollment.retryForSeconds, now: context.now() });
}

function boundCookie(text: string | undefined, csrDigest: string, context: HelperContext): BoundCookie {
  const fresh = { csrDigest, tries: 0, since: 0, inner: "" };
  if (text === undefined) return fresh;
  const cookie = decodeBoundCookie(text, csrDigest);
  if (cookie === undefined) context.log.info("the cookie is not one for this CSR: starting over");
  return cookie ?? fresh;
}

/** With the helper's own cookie it is `poll`; without one the ledger may know how far an earlier run came. */
async function takeStep<O extends OptionTable>(
  helper: Helper<O>,
  request: EnrollmentRequest,
  cookie: BoundCookie,
  ledger: Ledger,
  context: HelperContext<O>,
  stop: Stop,
): Promise<EnrollmentResult> {
  const poll = async (inner: string) =>
    await (helper.poll?.(request, inner, context) ?? helper.submit(request, context));
  try {
    if (cookie.inner !== "") return await poll(cookie.inner);
    const kept = await ledger.find();
    if (kept?.status === "issued") {
      context.log.info("certmonger asks for this CSR again: giving the certificate that was issued for it");
      return kept;
    }
    if (kept?.status === "ordered") return await poll(kept.cookie);
    return await helper.submit(request, context);
  } catch (error) {
    if (stop.reason !== undefined) throw error;
    return resultOfThrown(error, context.log);
  }
}

function checkResult(result: EnrollmentResult, csr: Csr, now: Date): EnrollmentResult {
  if (result.status !== "issued") return result;
  const checked = checkIssued(result, csr, now);
  return "issue" in checked ? checked.issue : unreachable(checked.problem);
}

/** A ledger that can not be read or written costs at most a second certificate, never the first one. */
function quietly(ledger: Ledger, context: HelperContext): Ledger {
  const grumble = (error: unknown) => {
    context.log.warn(`answers are not kept: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  };
  return {
    find: () => ledger.find().catch(grumble),
    note: (result, inner) => ledger.note(result, inner).catch(grumble),
  };
}
