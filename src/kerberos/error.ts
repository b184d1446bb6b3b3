import { codeName } from "./codes.ts";

/** On the way to what it happened. What a code means for the caller depends on it. */
export type KerberosStage =
  /** reading krb5.conf */
  | "configuration"
  /** naming the keytab or the principal */
  | "login"
  /** asking the KDC for the first ticket */
  | "ticket"
  /** opening the ccache that should be there */
  | "ccache"
  /** asking the KDC for a ticket for a service, and making the token */
  | "service-ticket"
  /** checking what the server answered */
  | "server-proof"
  /** protecting or reading a message of a connection */
  | "message";

/** What libkrb5 or libgssapi said. */
export class KerberosError extends Error {
  override readonly name = "KerberosError";
  readonly stage: KerberosStage;
  /** A `krb5_error_code`, negative; 0 when GSS-API had none. */
  readonly code: number;

  /**
   * @param what what could not be done, for whom: `no ticket for host/client.example.test`
   * @param text the library's own words
   */
  constructor(stage: KerberosStage, code: number, what: string, text: string) {
    super(`${what}: ${oneLine(text)}`);
    this.stage = stage;
    this.code = code;
  }

  /** `KRB5_KDC_UNREACH`; `undefined` for a code that is not in our table. */
  get codeName(): string | undefined {
    return codeName(this.code);
  }
}

/** Texts of KDCs and plug-ins may have several lines; certmonger shows the first. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
