import { HelperFailure } from "../../protocol/index.ts";
import type { LdapResult } from "./ldap-message.ts";

/** The server refused, with its own code (RFC 4511 appendix A). */
export class LdapError extends Error {
  override readonly name = "LdapError";
  readonly code: number;
  /** What was asked of which server: `bind to ldap://ipa.example.test`. */
  readonly what: string;

  constructor(what: string, { code, diagnostic }: LdapResult) {
    const words = resultNames[code] ?? "refused";
    super(
      `${what}: ${words} (LDAP ${code})${diagnostic === "" ? "" : `: ${diagnostic.replace(/\s+/g, " ").trim()}`}`,
    );
    this.code = code;
    this.what = what;
  }
}

export const noSuchObject = 32;

const resultNames: Readonly<Record<number, string>> = {
  1: "operations error",
  3: "time limit exceeded",
  4: "size limit exceeded",
  7: "this way to authenticate is not supported",
  8: "stronger authentication is required",
  13: "the server wants encryption",
  [noSuchObject]: "there is no such entry",
  48: "anonymous access is not allowed",
  49: "the server did not accept who we are",
  50: "no right to read this",
  51: "the server is busy",
  52: "the server is unavailable",
  53: "the server is unwilling",
};

/** What to do, for the codes where the words do not say it. */
const remedies: Readonly<Record<number, string>> = {
  7: "the directory does not do SASL/GSSAPI: check its SASL packages",
  8: "use ldaps://",
  13: "use ldaps://",
  48: "log in with a keytab",
  49: "check the keytab of the directory server there, and both clocks",
  50: "ask an IPA administrator for the right",
  51: "look at the directory server there (ipactl status)",
  52: "start the directory server there (ipactl status)",
};

/** certmonger's own helper answers `unreachable` to every refusal of the directory (measured on 0.79.17). */
export function ldapFailure(error: LdapError): HelperFailure {
  const remedy = remedies[error.code];
  const message = remedy === undefined ? error.message : `${error.message}; ${remedy}`;
  return new HelperFailure("unreachable", message, { cause: error });
}
