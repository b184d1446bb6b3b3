import { HelperFailure } from "../../protocol/index.ts";
import { networkFailure } from "../../src/http/failure.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import { KerberosError } from "../../src/kerberos/error.ts";
import { kerberosFailure } from "../../src/kerberos/failure.ts";
import { IpaError, UnusableReply } from "./ipa-error.ts";
import { LdapError, ldapFailure } from "./ldap-error.ts";
import { errorCodes, type Outcome, outcomeOf } from "./outcomes.ts";
import { remedyFor, type Subject } from "./remedy.ts";

/** What an error means for the reply, and for the other servers. */
export interface Judgement {
  readonly failure: HelperFailure;
  /** Whether another server may do better. */
  readonly tryOthers: boolean;
  /** Whether this server should rest for a while. */
  readonly isDown: boolean;
}

/** Judges what a call of a server threw. What nobody foresaw is thrown on. */
export function judge(error: unknown, server: string, subject: Subject): Judgement {
  if (error instanceof IpaError) return judgeIpaError(error, server, subject);
  if (error instanceof UnusableReply) {
    const failure = new HelperFailure("unreachable", `${server}: ${error.message}`, { cause: error });
    return { failure, tryOthers: true, isDown: error.status >= 500 };
  }
  if (error instanceof NetworkError) {
    const isDown = error.phase !== "trust";
    return { failure: networkFailure(error), tryOthers: isDown, isDown };
  }
  if (error instanceof KerberosError) {
    return { failure: kerberosFailure(error), tryOthers: true, isDown: false };
  }
  throw error;
}

function judgeIpaError(error: IpaError, server: string, subject: Subject): Judgement {
  const outcome = finerOutcome(error);
  const title = error.title || (errorCodes[error.code]?.title ?? "error");
  const said = `${error.code} ${title}: ${error.message}`;
  const remedy = remedyFor(error, subject);
  const message = {
    refused: `${server} denied the request: ${said}; ${remedy}`,
    lasting: `${server} failed the request: ${said}; asking again will not help: ${remedy}`,
    "not-yet": `${server} failed the request: ${said}; ${remedy}`,
    server: `${server} failed the request: ${said}; ${remedy}`,
    again: `${server} failed the request: ${said}; ${remedy}`,
  }[outcome];
  const status = outcome === "refused" ? "rejected" : "unreachable";
  return {
    failure: new HelperFailure(status, message, { cause: error }),
    tryOthers: outcome === "not-yet" || outcome === "server",
    isDown: error.code === 907 || error.code === 4016,
  };
}

/** Whether the CA answered at all is told by nothing but the text; the exit status is the same in both cases. */
function finerOutcome(error: IpaError): Outcome {
  const outcome = outcomeOf(error.code);
  const isCaDown = /Unable to communicate|\b(?:502|503|504)\b|[Cc]onnection|timed out/.test(error.info);
  return (error.code === 4301 || error.code === 4035) && isCaDown ? "server" : outcome;
}

/** The reply for an error outside of a call: no ticket, no trusted CA, no directory. Everything else stays. */
export function explain(error: unknown): unknown {
  if (error instanceof KerberosError) return kerberosFailure(error);
  if (error instanceof NetworkError) {
    // certmonger's own helper answers 3 to a CA file that is missing (measured on 0.79.17).
    return networkFailure(error);
  }
  if (error instanceof LdapError) return ldapFailure(error);
  return error;
}
