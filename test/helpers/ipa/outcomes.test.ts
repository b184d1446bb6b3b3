import { describe, expect, it } from "vitest";
import { judge } from "../../../helpers/ipa/failure.ts";
import { type IpaError, readIpaError } from "../../../helpers/ipa/ipa-error.ts";
import { isObject, memberOf } from "../../../helpers/ipa/json.ts";
import { errorCodes } from "../../../helpers/ipa/outcomes.ts";
import { recordings } from "./support/recordings.ts";

interface RecordedError {
  readonly title: string;
  readonly error: IpaError;
  readonly principal: string;
}

/** Every error that the real server gave to a cert_request. */
const recordedErrors = recordings.flatMap(({ name, source, request, reply }): RecordedError[] => {
  const error = isObject(reply.body) ? readIpaError(reply.body.error) : undefined;
  const method = memberOf(request.body, "method");
  if (error === undefined || method !== "cert_request") return [];
  const params = memberOf(request.body, "params");
  const principal = Array.isArray(params) ? memberOf(params[1], "principal") : undefined;
  return [
    {
      title: `${source}/${name}`,
      error,
      principal: typeof principal === "string" ? principal : "host/x.test",
    },
  ];
});

describe("every error that a real server gave", () => {
  it("is a good many", () => {
    expect(recordedErrors.length).toBeGreaterThan(40);
  });

  it.each(recordedErrors)(
    "$title has the status of certmonger's own helper, and says what to do",
    (recorded) => {
      const { error, principal } = recorded;
      const { failure } = judge(error, "ipa.test", { principal, caller: "client.ipalab.test" });
      expect(failure.status).toBe(error.code >= 2000 && error.code <= 3999 ? "rejected" : "unreachable");
      expect(failure.message).toContain(`${error.code} ${error.title}: ${error.message}`);
      expect(failure.message).toMatch(/^ipa\.test (denied|failed) the request: [^\n]+; [^\n]{10,}$/);
      expect(errorCodes).toHaveProperty(String(error.code));
    },
  );
});

const info = (code: number, title: string, text: string) =>
  readIpaError({ code, name: title, message: `in another language: ${text}`, data: { info: text } });

describe("what lasts is asked of no other server, and says so", () => {
  it.each([
    { text: "Key Type RSA Not Matched", code: 4301, tryOthers: false },
    { text: "None", code: 4301, tryOthers: false },
    { text: "CA 'sub' is disabled", code: 4301, tryOthers: false },
    { text: "Unable to communicate with CMS (503)", code: 4301, tryOthers: true },
    { text: "Request failed with status 400: Profile X Not Found", code: 4035, tryOthers: false },
    { text: "not supported for host principals", code: 4034, tryOthers: false },
    { text: "another realm", code: 4005, tryOthers: false },
    { text: "x: Certificate Authority not found", code: 4001, tryOthers: true },
    { text: "Failed to authenticate to CA REST API", code: 4016, tryOthers: true },
    { text: "an internal error has occurred", code: 903, tryOthers: true },
    { text: "no such luck", code: 4999, tryOthers: true },
    { text: "not allowed", code: 2999, tryOthers: false },
  ])("$code $text", ({ text, code, tryOthers }) => {
    const judgement = judge(info(code, "X", text), "ipa.test", { principal: "host/c.test" });
    expect(judgement.tryOthers).toBe(tryOthers);
    const isLasting = judgement.failure.message.includes("asking again will not help");
    expect(isLasting).toBe(!tryOthers && judgement.failure.status === "unreachable");
  });
});

describe("the advice", () => {
  const caller = "c.test";
  it.each([
    {
      principal: "HTTP/www.test@X.TEST",
      code: 2100,
      text: "Insufficient 'add' privilege to add the entry 'krbprincipalname=HTTP/www.test@X.TEST,cn=services'.",
      advice: "ipa service-add HTTP/www.test --force, then ipa service-add-host HTTP/www.test --hosts=c.test",
    },
    {
      principal: "host/m.test",
      code: 2100,
      text: "Insufficient 'write' privilege to the 'userCertificate' attribute of entry 'fqdn=m.test,cn=computers'.",
      advice: "ipa host-add-managedby m.test --hosts=c.test",
    },
    {
      principal: "HTTP/www.test@X.TEST",
      code: 2100,
      text: "Insufficient 'write' privilege to the 'userCertificate' attribute of entry 'krbprincipalname=HTTP/www.test@X.TEST,cn=services'.",
      advice: "ipa service-add-host HTTP/www.test --hosts=c.test",
    },
    {
      principal: "HTTP/www.test",
      code: 2100,
      text: "Principal 'HTTP/www.test@X.TEST' is not permitted to use CA 'sub' with profile 'web' for certificate issuance.",
      advice:
        "the profile does not exist, or no CA ACL allows it: ipa caacl-add-profile ACL --certprofiles=web, ipa caacl-add-service ACL --services=HTTP/www.test, ipa caacl-add-ca ACL --cas=sub (with --cas=ipa where it names none yet)",
    },
    {
      principal: "host/c.test",
      code: 2100,
      text: "Insufficient privilege to create a certificate with subject alt name 'o.test'.",
      advice: "ipa host-add-managedby o.test --hosts=c.test",
    },
    {
      principal: "HTTP/c.test",
      code: 4001,
      text: "The service principal for subject alt name *.c.test in certificate request does not exist",
      advice: "make it an alias: ipa service-add-principal HTTP/c.test 'HTTP/*.c.test'",
    },
    {
      principal: "HTTP/n.test",
      code: 4001,
      text: "The host 'n.test' does not exist to add a service to.",
      advice:
        "ipa host-add n.test --force, then ipa service-add HTTP/n.test --force, then ipa service-add-host HTTP/n.test --hosts=c.test",
    },
    { principal: "host/c.test", code: 4301, text: "CA 'sub' is disabled", advice: "ipa ca-enable sub" },
    {
      principal: "host/c.test",
      code: 2100,
      text: "SASL(-1): generic failure: GSSAPI Error: No credentials (Credential cache is empty)",
      advice: "the ticket is not forwardable: get one with kinit -f",
    },
  ])("for $code about $principal is: $advice", ({ principal, code, text, advice }) => {
    const { failure } = judge(info(code, "X", text), "ipa.test", { principal, caller });
    expect(
      failure.message.endsWith(`; ${advice}`) || failure.message.endsWith(`: ${advice}`),
      failure.message,
    ).toBe(true);
  });
});
