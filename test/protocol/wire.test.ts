import { describe, expect, it } from "vitest";
import {
  decodeInvocation,
  decodeLine,
  decodeList,
  decodeReply,
  decodeRequirements,
  decodeRoots,
  decodeScepCertificates,
  encodeInvocation,
  encodeReply,
  encodeRoots,
  ProtocolError,
  splitPem,
  variables,
} from "../../protocol/index.ts";
import { recording, recordings } from "./recordings.ts";

const stock = /^(local|dogtag|scep|ipa)-submit-/;
const ofTheDaemon = recordings.filter(({ name }) => !stock.test(name));
const processVariables = new Set<string>(
  variables.filter((variable) => variable.given === "process").map((variable) => variable.name),
);

function protocolVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter(([name]) => name.startsWith("CERTMONGER_") && !processVariables.has(name)),
  );
}

describe("what certmonger asks", () => {
  it("is recorded for every operation", () => {
    const asked = new Set(ofTheDaemon.map(({ environment }) => environment.CERTMONGER_OPERATION));
    expect(asked.size).toBe(10);
  });

  it.each(ofTheDaemon)("$name comes out of encodeInvocation with the same variables", ({ environment }) => {
    const invocation = decodeInvocation(environment);
    expect(encodeInvocation(invocation)).toEqual(protocolVariables(environment));
  });

  it.each(recordings)("$name holds no CERTMONGER_ variable that is not in the table", ({ environment }) => {
    const known = new Set<string>(variables.map((variable) => variable.name));
    const unknown = Object.keys(environment).filter(
      (name) => name.startsWith("CERTMONGER_") && !known.has(name),
    );
    expect(unknown).toEqual([]);
  });

  it("sends every name of a new request, lists joined by LF", () => {
    const invocation = decodeInvocation(recording("rsa-file-submit").environment);
    expect(invocation).toMatchObject({
      operation: "SUBMIT",
      request: {
        subject: "CN=www.example.test,O=Lab",
        hostnames: ["www.example.test", "alt.example.test"],
        emails: ["web@example.test", "admin@example.test"],
        principals: ["HTTP/www.example.test@EXAMPLE.TEST", "host/www.example.test@EXAMPLE.TEST"],
        ipAddresses: ["192.0.2.1", "2001:db8::1"],
        profile: "web",
        issuer: "sub-ca",
        caNickname: "Lab",
        keyType: "RSA",
        csr: expect.stringMatching(
          /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]*-----END CERTIFICATE REQUEST-----\n$/,
        ),
      },
    });
    expect(invocation).not.toHaveProperty("request.previousCertificate");
    expect(invocation).not.toHaveProperty("request.scep");
  });

  it("sends the certificate that is there with a renewal", () => {
    const invocation = decodeInvocation(recording("renewal-submit").environment);
    expect(invocation).toMatchObject({
      operation: "SUBMIT",
      request: { previousCertificate: expect.stringContaining("-----BEGIN CERTIFICATE-----") },
    });
  });

  it("sends the old key as SPKI in a rekey, whose CSR holds another", () => {
    const spki = ["rsa-file-submit", "rekey-submit"].map(
      (name) => recording(name).environment.CERTMONGER_SPKI ?? "",
    );
    expect(spki[1]).toBe(spki[0]);
    const csr = splitPem(recording("rekey-submit").environment.CERTMONGER_CSR ?? "");
    const der = Buffer.from(csr[0]?.base64 ?? "", "base64");
    expect(der.length).toBeGreaterThan(500);
    expect(der.includes(Buffer.from(spki[0] ?? "", "base64"))).toBe(false);
  });

  it("hands a one-line cookie back as it was, and three lines with a LF more", () => {
    expect(decodeInvocation(recording("one-line-cookie-poll").environment)).toMatchObject({
      operation: "POLL",
      cookie: "order=7&step=1",
    });
    expect(decodeInvocation(recording("three-line-cookie-poll").environment)).toMatchObject({
      operation: "POLL",
      cookie: "first line\n\nthird line\n",
    });
  });

  it("sends SCEP messages after exit status 16", () => {
    expect(decodeReply("SUBMIT", recording("scep-rsa-submit").reply)).toEqual({
      status: "need-scep-messages",
    });
    expect(decodeInvocation(recording("scep-rsa-submit-with-messages").environment)).toMatchObject({
      request: { scep: { pkcsReq: expect.stringContaining("-----BEGIN PKCS7-----") } },
    });
  });

  it("is a SUBMIT where the operation is unset", () => {
    expect(decodeInvocation(recording("local-submit-operation-unset").environment).operation).toBe("SUBMIT");
  });
});

const replies = [
  { name: "local-submit-rsa-file-submit", status: "issued" },
  { name: "local-submit-ec-file-submit", status: "issued" },
  { name: "local-submit-renewal-submit", status: "issued" },
  { name: "local-submit-rekey-submit", status: "issued" },
  { name: "local-submit-one-line-cookie-poll", status: "issued" },
  { name: "local-submit-operation-unset", status: "issued" },
  { name: "local-submit-identify", status: "answered" },
  { name: "local-submit-fetch-roots", status: "answered" },
  { name: "local-submit-get-new-request-requirements", status: "answered" },
  { name: "local-submit-get-renew-request-requirements", status: "unsupported" },
  { name: "local-submit-get-supported-templates", status: "unsupported" },
  { name: "local-submit-get-default-template", status: "unsupported" },
  { name: "local-submit-fetch-scep-ca-caps", status: "unsupported" },
  { name: "local-submit-fetch-scep-ca-certs", status: "unsupported" },
  { name: "dogtag-submit-identify", status: "answered" },
  { name: "scep-submit-identify", status: "answered" },
  { name: "ipa-submit-identify", status: "answered" },
  { name: "rejected-submit", status: "rejected" },
  { name: "one-line-cookie-submit", status: "wait" },
  { name: "rsa-file-submit", status: "issued" },
];

describe("what the stock helpers answer", () => {
  it.each(replies)("$name is read as $status, and written with the same bytes", ({ name, status }) => {
    const { environment, reply } = recording(name);
    const { operation } = decodeInvocation(environment);
    if (operation === "unknown") throw new Error("unknown operation");
    const result = decodeReply(operation, reply);
    expect(result.status).toBe(status);
    expect(encodeReply(result)).toEqual(reply);
  });

  it.each(["local-submit", "dogtag-submit", "scep-submit", "ipa-submit"])(
    "%s answers an unknown operation with 6",
    (helper) => {
      const { environment, reply } = recording(`${helper}-unknown-operation`);
      expect(decodeInvocation(environment)).toEqual({ operation: "unknown", name: "FETCH-THE-FUTURE" });
      expect(decodeReply("IDENTIFY", reply)).toEqual({ status: "unsupported" });
    },
  );

  it.each([
    { name: "local-submit-without-csr", message: "Unable to read signing request." },
    { name: "dogtag-submit-unconfigured", message: "No end-entity URL (-E) given, and no default known." },
    { name: "scep-submit-unconfigured", message: "No SCEP URL (-u) given, and no default known." },
  ])("$name has a message on its first line", ({ name, message }) => {
    expect(decodeReply("SUBMIT", recording(name).reply)).toEqual({ status: "unconfigured", message });
  });

  it("local-submit's answer to a broken CSR stops the request: 1 without a cookie", () => {
    const { reply } = recording("local-submit-broken-csr");
    expect(reply).toEqual({ exitStatus: 1, stdout: "" });
    expect(() => decodeReply("SUBMIT", reply)).toThrow(ProtocolError);
  });

  it("local-submit's roots are the text form, as we write it", () => {
    const { stdout } = recording("local-submit-fetch-roots").reply;
    const roots = decodeRoots(stdout);
    expect(roots).toMatchObject({
      roots: [{ nickname: "Local Signing Authority" }],
      otherRoots: [],
      others: [],
    });
    expect(encodeRoots(roots)).toBe(stdout);
  });

  it("names a version in IDENTIFY", () => {
    expect(decodeLine(recording("local-submit-identify").reply.stdout)).toMatch(
      /^Local Signing Authority \(certmonger [\d.]+\)$/,
    );
  });

  it("and the recorder's lists are read as certmonger read them", () => {
    expect(decodeList(recording("get-supported-templates").reply.stdout)).toEqual(["web", "user"]);
    expect(decodeLine(recording("get-default-template").reply.stdout)).toBe("web");
    expect(decodeRequirements(recording("get-new-request-requirements").reply.stdout)).toEqual([
      "subject",
      "hostnames",
    ]);
    const { scep } = requestOf("scep-rsa-submit");
    const certificates = decodeScepCertificates(recording("fetch-scep-ca-certs").reply.stdout);
    expect(certificates).toEqual([scep?.raCertificate, scep?.caCertificate]);
  });
});

function requestOf(name: string) {
  const invocation = decodeInvocation(recording(name).environment);
  if (invocation.operation !== "SUBMIT") throw new Error(`${name} is no SUBMIT`);
  return invocation.request;
}
