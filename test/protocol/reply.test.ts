import { describe, expect, it } from "vitest";
import {
  decodeReply,
  encodeReply,
  type HelperResult,
  issued,
  operations,
  ProtocolError,
  queryOperations,
  rejected,
  retry,
  unconfigured,
  unreachable,
  wait,
} from "../../protocol/index.ts";
import { intermediate, leaf } from "./samples.ts";

describe("a reply to SUBMIT or POLL, there and back", () => {
  const replies = [
    { name: "issued", result: issued({ certificate: leaf }), exitStatus: 0, stdout: leaf },
    {
      name: "issued with a chain",
      result: issued({ certificate: leaf, chain: [intermediate] }),
      exitStatus: 0,
      stdout: leaf + intermediate,
    },
    { name: "wait without a delay", result: wait("order-7"), exitStatus: 1, stdout: "order-7\n" },
    { name: "wait with a delay", result: wait("order-7", 300), exitStatus: 5, stdout: "300\norder-7\n" },
    { name: "wait with a delay of none", result: wait("order-7", 0), exitStatus: 5, stdout: "0\norder-7\n" },
    { name: "retry, which is a delay without a cookie", result: retry(600), exitStatus: 5, stdout: "600\n" },
    { name: "rejected", result: rejected("no"), exitStatus: 2, stdout: "no\n" },
    { name: "unreachable", result: unreachable("no answer"), exitStatus: 3, stdout: "no answer\n" },
    { name: "unconfigured", result: unconfigured("no keytab"), exitStatus: 4, stdout: "no keytab\n" },
    { name: "need-scep-messages", result: { status: "need-scep-messages" }, exitStatus: 16, stdout: "" },
    { name: "need-rekey", result: { status: "need-rekey" }, exitStatus: 17, stdout: "" },
    { name: "unsupported", result: { status: "unsupported" }, exitStatus: 6, stdout: "" },
  ] satisfies { name: string; result: HelperResult; exitStatus: number; stdout: string }[];
  it.each(replies)("$name", ({ result, exitStatus, stdout }) => {
    expect(encodeReply(result)).toEqual({ exitStatus, stdout });
    expect(decodeReply("SUBMIT", { exitStatus, stdout })).toEqual(result);
    expect(decodeReply("POLL", { exitStatus, stdout })).toEqual(result);
  });
});

describe("encodeReply", () => {
  const refused: { name: string; result: HelperResult }[] = [
    { name: "a wait with neither cookie nor delay", result: wait("") },
    { name: "a cookie of two lines", result: wait("a\nb", 5) },
    { name: "a cookie with a NUL", result: wait("a\0b") },
    { name: "a cookie that no variable can hold", result: wait("x".repeat(128 * 1024)) },
    { name: "half a second", result: wait("a", 0.5) },
    { name: "a delay in the past", result: wait("a", -1) },
    { name: "a delay that is not a number", result: wait("a", Number.NaN) },
    { name: "a delay that certmonger would cut", result: wait("a", 2 ** 31) },
    { name: "an empty message", result: rejected("") },
    { name: "a message of line breaks", result: unreachable("\r\n\t") },
    { name: "an unfinished certificate", result: issued({ certificate: leaf.slice(0, -10) }) },
    {
      name: "an unfinished certificate in the chain",
      result: issued({ certificate: leaf, chain: [leaf.slice(0, -10)] }),
    },
  ];
  it.each(refused)("refuses $name", ({ result }) => {
    expect(() => encodeReply(result)).toThrow(ProtocolError);
  });

  it("puts a message of many lines on one, and loses nothing of it", () => {
    const message = "cannot reach ca.example.test\r\n  connect:\trefused\u2028\u001b[0m\n";
    expect(encodeReply(unreachable(message)).stdout).toBe(
      "cannot reach ca.example.test   connect: refused [0m\n",
    );
  });

  it("leaves the answer to a query as it is", () => {
    expect(encodeReply({ status: "answered", output: "a\nb" })).toEqual({ exitStatus: 0, stdout: "a\nb" });
  });
});

describe("exit status 1 and 5 of SUBMIT and POLL, by certmonger's rules", () => {
  // Each of these was put to certmonger 0.79.17 by a helper that printed it.
  const waits = [
    { stdout: "13\nc\n", cookie: "c", delaySeconds: 13 },
    { stdout: " \t\v13\nc\n", cookie: "c", delaySeconds: 13 },
    { stdout: "+13\nc", cookie: "c", delaySeconds: 13 },
    { stdout: "13\r\n\r\n\nc\r\n", cookie: "c", delaySeconds: 13 },
    { stdout: "13\rc", cookie: "c", delaySeconds: 13 },
    { stdout: "\nc\n", cookie: "c", delaySeconds: 0 },
    { stdout: "\n13\nc\n", cookie: "c", delaySeconds: 13 },
    { stdout: "13", cookie: "", delaySeconds: 13 },
    { stdout: "1300\0c", cookie: "", delaySeconds: 1300 },
    { stdout: "13\n\n\n  a\nb\n", cookie: "  a\nb\n", delaySeconds: 13 },
    { stdout: "-5\nc\n", cookie: "c", delaySeconds: undefined },
    { stdout: "2147483647\nc\n", cookie: "c", delaySeconds: 2147483647 },
    { stdout: "2147483648\nc\n", cookie: "c", delaySeconds: undefined },
    { stdout: "4294967396\nc\n", cookie: "c", delaySeconds: 100 },
    { stdout: "99999999999999999999999\nc\n", cookie: "c", delaySeconds: undefined },
  ];
  it.each(waits)("5 with $stdout waits $delaySeconds", ({ stdout, cookie, delaySeconds }) => {
    const expected = delaySeconds === undefined ? wait(cookie) : wait(cookie, delaySeconds);
    expect(decodeReply("SUBMIT", { exitStatus: 5, stdout })).toEqual(expected);
  });

  it.each(["", "0x1\nc", "13 \nc", "13s\nc", "abc\n", " \nc", "\u001b[?1034h13\nc", "\n123abc\n", "\0"])(
    "5 with %j stops the request",
    (stdout) => {
      expect(() => decodeReply("POLL", { exitStatus: 5, stdout })).toThrow(ProtocolError);
    },
  );

  it("1 without output stops the request", () => {
    expect(() => decodeReply("SUBMIT", { exitStatus: 1, stdout: "" })).toThrow(ProtocolError);
  });

  it("1 with a line end alone waits, and the next run is a SUBMIT", () => {
    expect(decodeReply("SUBMIT", { exitStatus: 1, stdout: "\n" })).toEqual(wait(""));
  });
});

describe("decodeReply", () => {
  it.each([
    { stdout: "first\r\nsecond\n", message: "first" },
    { stdout: "  x \n", message: "  x " },
    { stdout: "\nsecond\n", message: "" },
    { stdout: "a\0b\n", message: "a" },
    { stdout: "", message: "" },
  ])("keeps the first line of $stdout", ({ stdout, message }) => {
    expect(decodeReply("SUBMIT", { exitStatus: 2, stdout })).toEqual(rejected(message));
  });

  it.each([7, 15, 18, 126, 127, 255, -1, 3.5, Number.NaN])("does not know exit status %d", (exitStatus) => {
    for (const operation of operations) {
      expect(() => decodeReply(operation, { exitStatus, stdout: leaf })).toThrow(ProtocolError);
    }
  });
});

describe("a reply to a query", () => {
  it.each(queryOperations)("%s: 0 is the answer, byte for byte", (operation) => {
    expect(decodeReply(operation, { exitStatus: 0, stdout: "a\r\n" })).toEqual({
      status: "answered",
      output: "a\r\n",
    });
  });

  const replies: { exitStatus: number; stdout: string; result: HelperResult }[] = [
    { exitStatus: 0, stdout: "", result: { status: "answered", output: "" } },
    { exitStatus: 1, stdout: "", result: wait("") },
    { exitStatus: 2, stdout: "no\n", result: rejected("no") },
    { exitStatus: 3, stdout: "down\n", result: unreachable("down") },
    { exitStatus: 4, stdout: "", result: unconfigured("") },
    { exitStatus: 5, stdout: "60\n", result: retry(60) },
    { exitStatus: 5, stdout: "soon\n", result: wait("") },
    { exitStatus: 6, stdout: "what?\n", result: { status: "unsupported" } },
  ];
  it.each(replies)("$exitStatus with $stdout", ({ exitStatus, stdout, result }) => {
    expect(decodeReply("FETCH-ROOTS", { exitStatus, stdout })).toEqual(result);
  });

  it.each([16, 17])("%d has no meaning", (exitStatus) => {
    expect(() => decodeReply("IDENTIFY", { exitStatus, stdout: "" })).toThrow(ProtocolError);
  });
});
