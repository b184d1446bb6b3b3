import { describe, expect, it } from "vitest";
import { makeSample, type Run } from "../../src/testing/index.ts";
import { judgeReply } from "../../src/testing/judge-reply.ts";
import { generateKey } from "../../src/x509/keys.ts";

const sample = makeSample({ keyPair: generateKey("EC-P256") });

function run(exitStatus: number | undefined, stdout: string | Buffer, more: Partial<Run> = {}): Run {
  return {
    scenario: "test",
    operation: "SUBMIT",
    argv: [],
    environment: {},
    ...(exitStatus !== undefined && { exitStatus }),
    stdout: Buffer.from(stdout),
    stderr: "",
    durationMs: 1,
    leftProcesses: [],
    leftFiles: [],
    leaks: [],
    disturbed: false,
    ...more,
  };
}

function judge(exitStatus: number | undefined, stdout: string | Buffer, more?: Partial<Run>): unknown {
  const { outcome, faults, messageFaults, cookie, delaySeconds } = judgeReply(
    run(exitStatus, stdout, more),
    sample,
  );
  const checks = [...faults, ...messageFaults].map(({ check }) => check);
  return {
    outcome,
    checks,
    ...(cookie !== undefined && { cookie }),
    ...(delaySeconds !== undefined && { delaySeconds }),
  };
}

const right = (outcome: string, more = {}): object => ({ outcome, checks: [], ...more });
const wrong = (outcome: string, check: string, more = {}): object => ({ outcome, checks: [check], ...more });
const trace = "Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'x'\n";

describe("a reply", () => {
  it.each([
    ["wait", 1, "order-7\n", right("wait", { cookie: "order-7" })],
    ["wait with nothing", 1, "", wrong("broken", "poll.cookie-missing")],
    ["wait with a line end", 1, "\n", wrong("wait", "poll.cookie-missing")],
    ["wait with a stack trace", 1, trace, wrong("broken", "failures.crash-as-wait")],
    ["a delay and a cookie", 5, "13\norder-7\n", right("wait", { cookie: "order-7", delaySeconds: 13 })],
    [
      "a delay with blank and sign",
      5,
      " +13\r\norder-7\n",
      right("wait", { cookie: "order-7", delaySeconds: 13 }),
    ],
    [
      "an empty line before the cookie",
      5,
      "\norder-7\n",
      right("wait", { cookie: "order-7", delaySeconds: 0 }),
    ],
    ["a delay without a cookie", 5, "13", wrong("wait", "poll.delay-without-cookie", { delaySeconds: 13 })],
    ["a delay with a unit", 5, "13s\norder-7\n", wrong("broken", "poll.delay-line")],
    ["a delay with a blank after it", 5, "13 \norder-7\n", wrong("broken", "poll.delay-line")],
    ["a delay in hexadecimal", 5, "0x10\norder-7\n", wrong("broken", "poll.delay-line")],
    ["a delay after escape codes", 5, "\u001b[?1034h13\norder-7\n", wrong("broken", "poll.delay-line")],
    ["no delay at all", 5, "", wrong("broken", "poll.delay-line")],
    ["a cookie of two lines", 1, "a\nb\n", wrong("wait", "poll.cookie-lines", { cookie: "a\nb\n" })],
    [
      "a cookie with a blank line",
      1,
      "a\n\nb\n",
      wrong("wait", "poll.cookie-survives", { cookie: "a\nb\n" }),
    ],
    ["a cookie with a NUL", 1, "a\0b\n", wrong("wait", "poll.cookie-survives", { cookie: "a" })],
    ["a refusal", 2, "the profile is unknown\n", right("rejected")],
    ["a refusal without a word", 3, "", wrong("unreachable", "failures.message")],
    ["a refusal with an empty line first", 3, "\nno\n", wrong("unreachable", "failures.message")],
    ["a refusal with a stack trace", 4, trace, wrong("unconfigured", "failures.traceback")],
    ["a refusal in Latin-1", 2, Buffer.from("n\xf6\n", "latin1"), wrong("rejected", "failures.utf8")],
    ["a refusal in colour", 2, "\u001b[31mno\n", wrong("rejected", "failures.control-characters")],
    ["a refusal of two lines", 2, "no\nnever\n", wrong("rejected", "failures.one-line")],
    ["a refusal that names a path and a line", 2, "/etc/ca.conf:12: not found\n", right("rejected")],
    ["6", 6, "", wrong("broken", "operations.submit-supported")],
    ["16", 16, "", right("need-scep-messages")],
    ["17", 17, "", right("need-rekey")],
    ["127", 127, "", wrong("broken", "enroll.status")],
    ["the end by a signal", undefined, "", wrong("broken", "enroll.status")],
    ["nothing printed with 0", 0, "", wrong("broken", "enroll.no-certificate")],
  ])("with %s", (_, exitStatus, stdout, expected) => {
    expect(judge(exitStatus, stdout)).toEqual(expected);
  });

  it("that takes too long is the deadline's, or that of who holds stdout", () => {
    expect(judge(undefined, "", { stoppedBy: "deadline" })).toEqual(wrong("broken", "hygiene.deadline"));
    const held = {
      stoppedBy: "deadline",
      stdoutHeld: { afterExitMs: 2000, by: [{ pid: 1, name: "sleep" }] },
    } as const;
    expect(judge(0, "", held)).toEqual(wrong("broken", "hygiene.stdout-held"));
  });

  it("to POLL is judged by the checks of POLL", () => {
    expect(judge(6, "", { operation: "POLL" })).toEqual(wrong("broken", "operations.poll-supported"));
    expect(judge(255, "", { operation: "POLL" })).toEqual(wrong("broken", "poll.status"));
  });

  it("with a cookie that does not fit into a variable is told apart", () => {
    expect(judge(1, "x".repeat(131_100))).toMatchObject({ checks: ["poll.cookie-size"] });
    expect(judge(1, "x".repeat(131_000))).toMatchObject({ checks: [] });
  });
});
