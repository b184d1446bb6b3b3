import { describe, expect, it } from "vitest";
import { decodeInvocation, encodeInvocation, type Invocation, ProtocolError } from "../../protocol/index.ts";

const nothing = { csr: "", hostnames: [], principals: [], emails: [], ipAddresses: [] };

describe("decodeInvocation", () => {
  const operations = [
    { name: "an unset operation is SUBMIT", environment: {}, operation: "SUBMIT" },
    { name: "an empty operation is SUBMIT", environment: { CERTMONGER_OPERATION: "" }, operation: "SUBMIT" },
    {
      name: "an unset operation with a cookie is POLL",
      environment: { CERTMONGER_CA_COOKIE: "c" },
      operation: "POLL",
    },
    {
      name: "an empty operation with a cookie is POLL",
      environment: { CERTMONGER_OPERATION: "", CERTMONGER_CA_COOKIE: "c" },
      operation: "POLL",
    },
    {
      name: "an empty cookie does not make a POLL",
      environment: { CERTMONGER_CA_COOKIE: "" },
      operation: "SUBMIT",
    },
    {
      name: "POLL without a cookie is SUBMIT",
      environment: { CERTMONGER_OPERATION: "POLL" },
      operation: "SUBMIT",
    },
    {
      name: "SUBMIT with a cookie stays SUBMIT",
      environment: { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CA_COOKIE: "c" },
      operation: "SUBMIT",
    },
    {
      name: "letter case does not matter",
      environment: { CERTMONGER_OPERATION: "Fetch-Roots" },
      operation: "FETCH-ROOTS",
    },
    {
      name: "only ASCII letters fold: a long s is not an S",
      environment: { CERTMONGER_OPERATION: "\u017fUBMIT" },
      operation: "unknown",
    },
    {
      name: "a part of a name is not the name",
      environment: { CERTMONGER_OPERATION: "SUBMIT-ALL" },
      operation: "unknown",
    },
    { name: "a blank is not empty", environment: { CERTMONGER_OPERATION: " " }, operation: "unknown" },
  ];
  it.each(operations)("$name", ({ environment, operation }) => {
    expect(decodeInvocation(environment).operation).toBe(operation);
  });

  it("keeps the name of an operation that it does not know, as it was written", () => {
    const invocation = decodeInvocation({ CERTMONGER_OPERATION: "Fetch-Future" });
    expect(invocation).toEqual({ operation: "unknown", name: "Fetch-Future" });
  });

  it("makes a missing CSR an empty one, and leaves out what is absent or empty", () => {
    expect(decodeInvocation({ CERTMONGER_REQ_SUBJECT: "", CERTMONGER_CA_PROFILE: undefined })).toEqual({
      operation: "SUBMIT",
      request: nothing,
    });
  });

  it.each(["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])("accepts a CSR that says %s", (label) => {
    const csr = `-----BEGIN ${label}-----\r\nAAAA\r\n-----END ${label}-----\r\n`;
    expect(decodeInvocation({ CERTMONGER_CSR: csr })).toEqual({
      operation: "SUBMIT",
      request: { ...nothing, csr },
    });
  });

  it("splits lists at line ends of either kind and drops empty items", () => {
    const environment = { CERTMONGER_REQ_HOSTNAME: "a\r\nb\n\nc, d\n", CERTMONGER_REQ_EMAIL: "" };
    expect(decodeInvocation(environment)).toEqual({
      operation: "SUBMIT",
      request: { ...nothing, hostnames: ["a", "b", "c, d"] },
    });
  });

  it("leaves out the nickname of a query when there is none", () => {
    expect(decodeInvocation({ CERTMONGER_OPERATION: "IDENTIFY", CERTMONGER_CA_NICKNAME: "" })).toEqual({
      operation: "IDENTIFY",
    });
  });

  it("ignores variables that it does not know", () => {
    const environment = { CERTMONGER_OPERATION: "IDENTIFY", CERTMONGER_FUTURE: "x", PATH: "/bin" };
    expect(decodeInvocation(environment)).toEqual({ operation: "IDENTIFY" });
  });
});

describe("encodeInvocation", () => {
  it("leaves out what is empty, and joins lists by LF", () => {
    const invocation: Invocation = {
      operation: "SUBMIT",
      request: { ...nothing, subject: "", hostnames: ["a", "", "b"], profile: "web" },
    };
    expect(encodeInvocation(invocation)).toEqual({
      CERTMONGER_OPERATION: "SUBMIT",
      CERTMONGER_REQ_HOSTNAME: "a\nb",
      CERTMONGER_CA_PROFILE: "web",
    });
  });

  const refused: { name: string; invocation: Invocation }[] = [
    { name: "POLL without a cookie", invocation: { operation: "POLL", request: nothing, cookie: "" } },
    {
      name: "a list item of two lines",
      invocation: { operation: "SUBMIT", request: { ...nothing, hostnames: ["a\nb"] } },
    },
    { name: "a NUL", invocation: { operation: "IDENTIFY", caNickname: "a\0b" } },
    { name: "an unknown operation without a name", invocation: { operation: "unknown", name: "" } },
    { name: "an unknown operation that is known", invocation: { operation: "unknown", name: "poll" } },
  ];
  it.each(refused)("refuses $name", ({ invocation }) => {
    expect(() => encodeInvocation(invocation)).toThrow(ProtocolError);
  });
});
