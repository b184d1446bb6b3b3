import { HelperFailure, type Issued } from "../../protocol/index.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import type { Access } from "./access.ts";
import { type CertRequest, requestCertificate } from "./cert-request.ts";
import { IpaError, UnusableReply } from "./ipa-error.ts";
import type { IpaServer } from "./json-rpc.ts";
import { openQuestion } from "./open-question.ts";

/**
 * Asks for a certificate, one server after the other, so that as a rule only one is issued: when an answer was lost, of
 * this run or of one before, a server is first asked whether it has the certificate already.
 *
 * @param directory where the marks of requests are kept
 * @see docs/decisions/lost-replies.md
 */
export function requestOnce(
  { context, credentials }: Pick<Access, "context" | "credentials">,
  request: CertRequest,
  directory: string,
): (server: IpaServer) => Promise<Issued> {
  const aheadMs = "ticket" in credentials ? credentials.ticket.clockOffsetSeconds * 1_000 : 0;
  const lookFor = async (server: IpaServer, since: Date): Promise<Issued | undefined> => {
    const { findIssued } = await import("./find-issued.ts");
    return await findIssued(server, request, new Date(since.getTime() + aheadMs));
  };
  const question = openQuestion(directory, request, context.now);
  let openSince = question.since;
  return async (server) => {
    const found = openSince && (await lookFor(server, openSince));
    if (found !== undefined) {
      context.log.info(`${server.name}: the certificate was issued already`);
      question.close();
      return found;
    }
    const asked = context.now();
    question.ask();
    try {
      const result = await requestCertificate(server, request);
      question.close();
      return result;
    } catch (error) {
      if (!isLost(error, context.signal)) {
        // It was not issued now; whether it was before has been looked for where the server answers.
        if (error instanceof IpaError || openSince === undefined) question.close();
        throw error;
      }
      openSince ??= asked;
      if (context.signal.aborted || isSlow(error)) throw error;
      const issuedNow = await lookFor(server, openSince).catch(() => undefined);
      if (issuedNow === undefined) throw error;
      context.log.info(`${server.name}: the answer was lost, the certificate is there`);
      question.close();
      return issuedNow;
    }
  };
}

/** Whether the server may have issued a certificate that did not come. */
function isLost(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted) return true;
  if (error instanceof NetworkError) return error.phase === "reply" || error.phase === "body";
  // What is in front of the server gave up, or the answer was spoiled on its way.
  if (error instanceof UnusableReply) return error.status >= 500 || error.status === 200;
  // An answer without a certificate.
  return error instanceof HelperFailure && error.status === "unreachable";
}

/** It had its time; whoever asks it again waits as long again. */
const isSlow = (error: unknown) => error instanceof NetworkError && error.code === "ETIMEDOUT";
