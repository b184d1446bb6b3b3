import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cookieAfterSaving,
  decodeInvocation,
  decodeLine,
  decodeList,
  decodeReply,
  decodeRequirements,
  decodeRoots,
  decodeScepCertificates,
  type EnrollmentRequest,
  encodeInvocation,
  encodeLine,
  encodeList,
  encodeReply,
  encodeRequirements,
  encodeRoots,
  encodeScepCertificates,
  type HelperResult,
  type Invocation,
  isSafeCookie,
  issued,
  joinPem,
  parseOperation,
  queryOperations,
  quoteCommandLine,
  type Roots,
  rootsProblems,
  splitCommandLine,
  splitPem,
} from "../../protocol/index.ts";
import { pem } from "./samples.ts";

const runs = { numRuns: 500 };

const text = fc.string({ unit: "binary", minLength: 1 }).filter((value) => !value.includes("\0"));
const line = text.map((value) => value.replace(/[\r\n]/g, "_"));
/** A line without control characters and blanks at its ends: what a message or a name is. */
const plainLine = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((value) => value.trim() === value && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value));
/** Of the basic plane alone, which is all that certmonger can keep in a nickname. */
const nickname = line.map((value) => value.replace(/[\ud800-\udfff]/g, "+"));
const certificate = fc.uint8Array({ minLength: 1, maxLength: 120 }).map((bytes) => pem(bytes));
const named = fc.record({ nickname, certificate });
const delaySeconds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const present = { requiredKeys: [] };

const scep = fc
  .record(
    {
      caIdentifier: text,
      raCertificate: text,
      caCertificate: text,
      certificates: text,
      pkcsReq: text,
      getCertInitial: text,
      pkcsReqRekey: text,
      getCertInitialRekey: text,
    },
    present,
  )
  .filter((data) => Object.keys(data).length > 0);

const request: fc.Arbitrary<EnrollmentRequest> = fc.record(
  {
    csr: fc.oneof(text, fc.constant("")),
    hostnames: fc.array(line),
    principals: fc.array(line),
    emails: fc.array(line),
    ipAddresses: fc.array(line),
    subject: text,
    profile: text,
    issuer: text,
    caNickname: text,
    keyType: text,
    spki: text,
    spkac: text,
    previousCertificate: text,
    scep,
  },
  { requiredKeys: ["csr", "hostnames", "principals", "emails", "ipAddresses"] },
);

const invocation: fc.Arbitrary<Invocation> = fc.oneof(
  fc.record({ operation: fc.constant("SUBMIT" as const), request }),
  fc.record({ operation: fc.constant("POLL" as const), request, cookie: text }),
  fc.record(
    { operation: fc.constantFrom(...queryOperations), caNickname: text },
    { requiredKeys: ["operation"] },
  ),
  fc.record({
    operation: fc.constant("unknown" as const),
    name: text.filter((name) => parseOperation(name) === undefined),
  }),
);

const cookie = line.filter(isSafeCookie);
const enrollmentResult: fc.Arbitrary<HelperResult> = fc.oneof(
  fc
    .record({
      certificates: fc.uniqueArray(certificate, { minLength: 1, maxLength: 4 }),
      roots: fc.array(named, { maxLength: 3 }),
    })
    .map(({ certificates: [leaf = "", ...chain], roots }) => issued({ certificate: leaf, chain, roots })),
  fc.record(
    { status: fc.constant("wait" as const), cookie, delaySeconds },
    { requiredKeys: ["status", "cookie"] },
  ),
  fc.record({ status: fc.constant("wait" as const), cookie: fc.constant(""), delaySeconds }),
  fc.record({
    status: fc.constantFrom("rejected" as const, "unreachable" as const, "unconfigured" as const),
    message: plainLine,
  }),
  fc.constantFrom<HelperResult>(
    { status: "need-scep-messages" },
    { status: "need-rekey" },
    { status: "unsupported" },
  ),
);

const roots: fc.Arbitrary<Roots> = fc.record({
  roots: fc.array(named, { maxLength: 3 }),
  otherRoots: fc.array(named, { maxLength: 2 }),
  others: fc.array(named, { maxLength: 2 }),
});

describe("what one side writes, the other reads as it was meant", () => {
  it("for every invocation", () => {
    const property = fc.property(invocation, (value) => {
      expect(decodeInvocation(encodeInvocation(value))).toEqual(value);
    });
    fc.assert(property, runs);
  });

  it("for every reply to SUBMIT and POLL", () => {
    const property = fc.property(enrollmentResult, (result) => {
      expect(decodeReply("SUBMIT", encodeReply(result))).toEqual(result);
      expect(decodeReply("POLL", encodeReply(result))).toEqual(result);
    });
    fc.assert(property, runs);
  });

  it("for every answer to a query", () => {
    const property = fc.property(fc.constantFrom(...queryOperations), fc.string(), (operation, output) => {
      const result: HelperResult = { status: "answered", output };
      expect(decodeReply(operation, encodeReply(result))).toEqual(result);
    });
    fc.assert(property, runs);
  });

  it("for all roots, in JSON and in whichever form is chosen", () => {
    const property = fc.property(roots, (value) => {
      expect(decodeRoots(encodeRoots(value, "json"))).toEqual(value);
      expect(decodeRoots(encodeRoots(value))).toEqual(value);
    });
    fc.assert(property, runs);
  });

  it("for all roots that the text form can say", () => {
    const name = nickname.map((value) => `N${value}`);
    const list = fc.array(fc.record({ nickname: name, certificate }), { minLength: 1, maxLength: 2 });
    const property = fc.property(list, list, list, (trusted, otherRoots, others) => {
      const value = { roots: trusted, otherRoots, others };
      expect(decodeRoots(encodeRoots(value, "text"))).toEqual(value);
    });
    fc.assert(property, runs);
  });

  it("for every list", () => {
    const item = text.map((value) => value.replace(/[,\r\n]/g, "_"));
    const property = fc.property(fc.array(item), (items) => {
      expect(decodeList(encodeList(items))).toEqual(items);
    });
    fc.assert(property, runs);
  });

  it("for every list of requirements", () => {
    const fields = fc.subarray([
      "subject",
      "hostnames",
      "principals",
      "emails",
      "ipAddresses",
      "profile",
      "issuer",
    ] as const);
    const property = fc.property(fields, (value) => {
      expect(decodeRequirements(encodeRequirements(value))).toEqual(value);
    });
    fc.assert(property, runs);
  });

  it("for every one-line answer", () => {
    const property = fc.property(fc.option(plainLine, { nil: undefined }), (value) => {
      expect(decodeLine(encodeLine(value))).toBe(value);
    });
    fc.assert(property, runs);
  });

  it("for SCEP certificates and for PEM blocks", () => {
    const property = fc.property(fc.array(certificate, { maxLength: 4 }), (certificates) => {
      expect(decodeScepCertificates(encodeScepCertificates(certificates))).toEqual(certificates);
      expect(joinPem(splitPem(certificates.join("text between\n")))).toBe(certificates.join(""));
    });
    fc.assert(property, runs);
  });

  it("for every safe cookie, through certmonger's saving", () => {
    const property = fc.property(cookie, (value) => {
      expect(cookieAfterSaving(`${value}\n`)).toBe(value);
      expect(cookieAfterSaving(value)).toBe(value);
    });
    fc.assert(property, runs);
  });

  it("for every command line", () => {
    const property = fc.property(fc.array(text), (words) => {
      expect(splitCommandLine(quoteCommandLine(words))).toEqual(words);
    });
    fc.assert(property, runs);
  });
});

describe("what we write", () => {
  it("has no problems that certmonger would make of it", () => {
    const property = fc.property(roots, (value) => {
      const all = [...value.roots, ...value.otherRoots, ...value.others];
      const distinct = new Set(all.map((entry) => entry.nickname)).size === all.length;
      fc.pre(distinct && all.length > 0);
      expect(rootsProblems(encodeRoots(value))).toEqual([]);
    });
    fc.assert(property, runs);
  });

  it("is a cookie that saving does not change a second time", () => {
    const property = fc.property(
      fc.string({ unit: fc.constantFrom("a", "\r", "\n", " ", "\0") }),
      (value) => {
        const saved = cookieAfterSaving(value);
        expect(cookieAfterSaving(saved)).toBe(saved);
      },
    );
    fc.assert(property, runs);
  });
});
