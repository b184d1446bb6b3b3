/**
 * What an error of the server means for the request:
 *
 * - `refused`: the server said no and will say no again; certmonger's own helper gives up, and so do we.
 * - `lasting`: certmonger's own helper would ask again, but nothing will change by itself. We keep its exit status,
 *   say so, and ask no other server.
 * - `not-yet`: what is missing may not have reached this server from another one; the others are asked.
 * - `server`: this server is in trouble; the others are asked.
 * - `again`: two requests came at the same moment; the same server is asked once more.
 */
export type Outcome = "refused" | "lasting" | "not-yet" | "server" | "again";

export interface IpaErrorCode {
  readonly title: string;
  readonly outcome: Outcome;
  /** What it means, in words for an administrator. */
  readonly meaning: string;
  /** What to do, where no better advice follows from the server's text. */
  readonly remedy: string;
}

/** The errors that `cert_request` gives (seen on FreeIPA 4.9.11 unless marked read; the numbers are those of ipalib). */
export const errorCodes: Readonly<Record<number, IpaErrorCode>> = {
  901: {
    title: "VersionError",
    outcome: "server",
    meaning: "this server speaks another version of the API",
    remedy: "upgrade the older side",
  },
  903: {
    title: "InternalError",
    outcome: "server",
    meaning: "the server failed on its own",
    remedy: "see its web server's log (/var/log/httpd/error_log)",
  },
  905: {
    title: "CommandError",
    outcome: "lasting",
    meaning: "the server does not know the command",
    remedy: "check that the URL is that of an IPA server",
  },
  907: {
    title: "NetworkError",
    outcome: "server",
    meaning: "the server can not reach its own directory",
    remedy: "start the directory server there (ipactl status)",
  },
  909: {
    title: "JSONError",
    outcome: "lasting",
    meaning: "the server can not read the request",
    remedy: "please report it",
  },
  911: {
    title: "RefererError",
    outcome: "server",
    meaning: "the name in the URL is not the server's own name",
    remedy: "use the server's own name, in its own letter case, not an alias or an address",
  },
  1101: {
    title: "CCacheError",
    outcome: "server",
    meaning: "the web server passed no credentials on",
    remedy: "see gssproxy there (systemctl status gssproxy) and the web server's log",
  },
  2100: {
    title: "ACIError",
    outcome: "refused",
    meaning: "the server does not allow it",
    remedy: "ask an IPA administrator for the right",
  },
  3004: {
    title: "MaxArgumentError",
    outcome: "refused",
    meaning: "the server counts one argument too many",
    remedy: "please report it",
  },
  3005: {
    title: "OptionError",
    outcome: "refused",
    meaning: "the server does not know an option",
    remedy: "the server is too old for it",
  },
  3007: {
    title: "RequirementError",
    outcome: "refused",
    meaning: "the request lacks something",
    remedy: "name what is missing",
  },
  3008: {
    title: "ConversionError",
    outcome: "refused",
    meaning: "the server can not read a value",
    remedy: "correct that value",
  },
  3009: {
    title: "ValidationError",
    outcome: "refused",
    meaning: "a value is not allowed",
    remedy: "correct that value",
  },
  4001: {
    title: "NotFound",
    outcome: "not-yet",
    meaning: "the server does not know it, or not yet",
    remedy: "make it on the server; when it was made just now, it will come",
  },
  4002: {
    title: "DuplicateEntry",
    outcome: "again",
    meaning: "another request made the same service at the same moment",
    remedy: "nothing: the next try finds it",
  },
  4005: {
    title: "RealmMismatch",
    outcome: "lasting",
    meaning: "the principal is one of another realm",
    remedy: "name a principal of the server's realm",
  },
  4016: {
    title: "RemoteRetrieveError",
    outcome: "server",
    meaning: "the CA behind the server does not answer",
    remedy: "start it there (systemctl status pki-tomcatd@pki-tomcat)",
  },
  4034: {
    title: "OperationNotSupportedForPrincipalType",
    outcome: "lasting",
    meaning: "the server knows no such host or user, and makes services only",
    remedy: "enroll or add it first",
  },
  4035: {
    title: "HTTPRequestError",
    outcome: "lasting",
    meaning: "the CA behind the server refused the request",
    remedy: "check the profile, and see the CA's log on the server (/var/log/pki/pki-tomcat/ca/)",
  },
  4301: {
    title: "CertificateOperationError",
    outcome: "lasting",
    meaning: "the CA behind the server did not issue it",
    remedy: "see the CA's log on the server (/var/log/pki/pki-tomcat/ca/)",
  },
};

/**
 * The outcome of a code, as certmonger's own helper groups them: 2000 to 3999 are refusals, everything else it asks
 * again (0.79.17, measured for each code above).
 */
export function outcomeOf(code: number): Outcome {
  return errorCodes[code]?.outcome ?? (code >= 2000 && code <= 3999 ? "refused" : "server");
}
