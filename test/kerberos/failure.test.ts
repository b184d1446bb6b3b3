import { describe, expect, it } from "vitest";
import { KerberosError, type KerberosStage } from "../../src/kerberos/error.ts";
import { kerberosFailure } from "../../src/kerberos/failure.ts";

/** Codes as they were measured on MIT krb5 1.20.1, and the exit statuses of certmonger's own helper for them. */
const rows: readonly {
  situation: string;
  stage: KerberosStage;
  code: number;
  name: string;
  status: string;
  advice: string;
}[] = [
  {
    situation: "no KDC answers",
    stage: "ticket",
    code: -1765328228,
    name: "KRB5_KDC_UNREACH",
    status: "unreachable",
    advice: "port 88",
  },
  {
    situation: "the KDC's name does not resolve",
    stage: "ticket",
    code: -1765328164,
    name: "KRB5_REALM_CANT_RESOLVE",
    status: "unreachable",
    advice: "DNS",
  },
  {
    situation: "no KDC is known",
    stage: "ticket",
    code: -1765328230,
    name: "KRB5_REALM_UNKNOWN",
    status: "unconfigured",
    advice: "krb5.conf",
  },
  {
    situation: "the keytab is missing",
    stage: "ticket",
    code: -1765328174,
    name: "KRB5_PREAUTH_FAILED",
    status: "unconfigured",
    advice: "keytab is there",
  },
  {
    situation: "the keytab's type is unknown",
    stage: "login",
    code: -1765328204,
    name: "KRB5_KT_UNKNOWN_TYPE",
    status: "unconfigured",
    advice: "FILE:",
  },
  {
    situation: "the principal is not in the keytab",
    stage: "ticket",
    code: -1765328203,
    name: "KRB5_KT_NOTFOUND",
    status: "unconfigured",
    advice: "klist -k",
  },
  {
    situation: "the key is stale",
    stage: "ticket",
    code: -1765328360,
    name: "KRB5KDC_ERR_PREAUTH_FAILED",
    status: "unconfigured",
    advice: "ipa-getkeytab",
  },
  {
    situation: "the KDC does not know the principal",
    stage: "ticket",
    code: -1765328378,
    name: "KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN",
    status: "unconfigured",
    advice: "enroll",
  },
  {
    situation: "the principal is locked",
    stage: "ticket",
    code: -1765328366,
    name: "KRB5KDC_ERR_CLIENT_REVOKED",
    status: "unconfigured",
    advice: "enable",
  },
  {
    situation: "the principal is no principal",
    stage: "login",
    code: -1765328250,
    name: "KRB5_PARSE_MALFORMED",
    status: "unconfigured",
    advice: "@REALM",
  },
  {
    situation: "krb5.conf is broken",
    stage: "configuration",
    code: -1765328248,
    name: "KRB5_CONFIG_BADFORMAT",
    status: "unconfigured",
    advice: "syntax",
  },
  {
    situation: "the clocks differ",
    stage: "ticket",
    code: -1765328347,
    name: "KRB5KRB_AP_ERR_SKEW",
    status: "unconfigured",
    advice: "clock",
  },
  {
    situation: "the KDC has no directory",
    stage: "ticket",
    code: -1765328324,
    name: "KRB5KRB_ERR_GENERIC",
    status: "unreachable",
    advice: "directory",
  },
  {
    situation: "a part of the KDC is down",
    stage: "ticket",
    code: -1765328355,
    name: "KRB5KDC_ERR_SVC_UNAVAILABLE",
    status: "unreachable",
    advice: "directory",
  },
  {
    situation: "there is no ccache",
    stage: "ccache",
    code: -1765328189,
    name: "KRB5_FCC_NOFILE",
    status: "unreachable",
    advice: "kinit",
  },
  {
    situation: "the ticket has expired",
    stage: "service-ticket",
    code: -1765328352,
    name: "KRB5KRB_AP_ERR_TKT_EXPIRED",
    status: "unreachable",
    advice: "kinit",
  },
  {
    situation: "the KDC does not know the service",
    stage: "service-ticket",
    code: -1765328377,
    name: "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN",
    status: "unreachable",
    advice: "own name",
  },
  {
    situation: "the server's proof is wrong",
    stage: "server-proof",
    code: -1765328353,
    name: "KRB5KRB_AP_ERR_BAD_INTEGRITY",
    status: "unreachable",
    advice: "keytab",
  },
];

describe("what a Kerberos error means for the request", () => {
  it.each(rows)("$situation ($name): $status, with advice", ({ stage, code, name, status, advice }) => {
    const error = new KerberosError(stage, code, "no ticket for host/x", "The library's words");
    expect(error.codeName).toBe(name);
    const failure = kerberosFailure(error);
    expect(failure.status).toBe(status);
    expect(failure.message).toMatch(/^no ticket for host\/x: The library's words; /);
    expect(failure.message).toContain(advice);
    expect(failure.cause).toBe(error);
  });

  it("a code that nobody has met gives the library's words on one line, and no advice", () => {
    const error = new KerberosError("ticket", 13, "no ticket for host/x", "Permission\n denied");
    expect(error.codeName).toBeUndefined();
    expect(kerberosFailure(error)).toMatchObject({
      status: "unconfigured",
      message: "no ticket for host/x: Permission denied",
    });
  });
});
