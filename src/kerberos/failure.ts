import { type FailureStatus, HelperFailure } from "../../protocol/index.ts";
import { KrbCode, remedyOf } from "./codes.ts";
import type { KerberosError, KerberosStage } from "./error.ts";

/** Codes of a first ticket that pass by themselves. */
const passing: readonly number[] = [
  KrbCode.kdcUnreachable,
  KrbCode.realmCanNotBeResolved,
  KrbCode.kdcInTrouble,
  KrbCode.serviceUnavailable,
];

/**
 * What a Kerberos error means for the request: the library's words, and what to do.
 *
 * For the first ticket the two codes of certmonger's own helper are `unreachable`, and two more with which a KDC says
 * that it is in trouble itself (docs/decisions/kdc-in-trouble.md); all others are `unconfigured`.
 * What goes wrong later (no ccache, no ticket for the service, a server that can not prove itself) is
 * `unreachable`, because there too the original answers so (measured on 0.79.17: the server's 401 is 3).
 *
 * @see certmonger 0.79.21 src/ipa.c, and its exit statuses measured against MIT krb5 1.20.1
 */
export function kerberosFailure(error: KerberosError): HelperFailure {
  const remedy = remedyOf(error.code) ?? stageRemedies[error.stage];
  const message = remedy === undefined ? error.message : `${error.message}; ${remedy}`;
  return new HelperFailure(statusOf(error), message, { cause: error });
}

/** Where a code tells nothing: SPNEGO reports numbers of its own for what the server says. */
const stageRemedies: Partial<Readonly<Record<KerberosStage, string>>> = {
  "server-proof": "check the server's keytab and both clocks",
};

function statusOf({ stage, code }: KerberosError): FailureStatus {
  switch (stage) {
    case "configuration":
    case "login":
      return "unconfigured";
    case "ticket":
      return passing.includes(code) ? "unreachable" : "unconfigured";
    case "ccache":
    case "service-ticket":
    case "server-proof":
    case "message":
      return "unreachable";
  }
}
