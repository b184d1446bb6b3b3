import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Report,
  renderHtml,
  renderJson,
  renderJunit,
  renderTap,
  renderTerminal,
} from "../../src/testing/index.ts";
import { schemaProblems } from "./support/json-schema.ts";

const evidence = {
  scenario: "SUBMIT: a plain request",
  argv: ["/bin/helper", "two words"],
  environment: { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: "-----BEGIN\nx\n-----END\n", EMPTY: "" },
  exitStatus: 2,
  durationMs: 12,
  stdout: "<script>alert(1)</script> \u001b[31m]]>\n",
  stdoutBytes: 30,
  stderr: "",
};
const about = { operation: "SUBMIT", rule: "a rule", harm: "a harm", tried: "so", mend: "like this" };

const report: Report = {
  version: 1,
  command: ["/bin/helper", "two words"],
  identity: 'Test <CA> & "sons"',
  outcome: "rejected",
  startedAt: "2026-01-02T03:04:05.678Z",
  durationMs: 1234,
  helperMs: 600,
  runs: 42,
  summary: { passed: 1, failedMust: 1, failedShould: 1, skipped: 1, notSelected: 0 },
  notSupported: ["FETCH-ROOTS"],
  results: [
    {
      ...about,
      id: "enroll.status",
      group: "enroll",
      severity: "must",
      title: "ends well",
      verdict: "passed",
      evidence: [],
    },
    {
      ...about,
      id: "failures.one-line",
      group: "failures",
      severity: "should",
      title: "one line",
      verdict: "failed",
      finding: "two lines",
      evidence: [evidence],
    },
    {
      ...about,
      id: "failures.message",
      group: "failures",
      severity: "must",
      title: "a message # of words",
      verdict: "failed",
      finding: "no <message>",
      evidence: [evidence],
    },
    {
      ...about,
      id: "roots.lost",
      group: "roots",
      severity: "must",
      title: "roots",
      verdict: "skipped",
      because: "not-supported",
      reason: "FETCH-ROOTS is not supported",
      evidence: [],
    },
  ],
};

const terminal = { color: false, full: false, options: ["--timeout=9"] };
const schema: unknown = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../docs/conformance-report.schema.json"), "utf8"),
);

describe("the terminal report", () => {
  const text = renderTerminal(report, terminal);

  it("has the failures first, the musts before the shoulds", () => {
    const [must, should, groups] = ["MUST failures.message", "SHOULD failures.one-line", "Enrollment"].map(
      (part) => text.indexOf(part),
    );
    expect([must, should, groups]).toEqual([must, should, groups].toSorted((a = 0, b = 0) => a - b));
    expect(must).toBe(0);
  });

  it("shows the environment, the end, the output, and how to run the check again", () => {
    expect(text).toContain("SUBMIT: a plain request: exit status 2 after 12 ms");
    expect(text).toContain("CERTMONGER_CSR=-----BEGIN... (3 lines, 22 bytes)");
    expect(text).toContain("EMPTY=''");
    expect(text).toContain("| <script>alert(1)</script> \\x1b[31m]]>");
    expect(text).toContain(
      "certmonger-helper conformance --timeout=9 --only failures.message --full -- /bin/helper 'two words'",
    );
  });

  it("shows values at full length when asked to", () => {
    expect(renderTerminal(report, { ...terminal, full: true })).toContain(
      "CERTMONGER_CSR='-----BEGIN\n      x\n",
    );
  });

  it("sends no control characters of the helper to the terminal", () => {
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  it("does not call conformant what could not be judged", () => {
    const summary = { ...report.summary, passed: 0, failedMust: 0, failedShould: 0 };
    expect(renderTerminal({ ...report, summary }, terminal)).toContain(": nothing could be judged");
  });

  it("ends with the sum", () => {
    expect(text.trimEnd().split("\n").at(-1)).toBe(
      "1 must failed, 1 should failed, 1 passed, 1 not judged; 42 runs in 1.2 s, the helper's own time 0.6 s",
    );
  });
});

describe("the JSON report", () => {
  it("follows its published schema", () => {
    expect(schemaProblems(schema, JSON.parse(renderJson(report)))).toEqual([]);
  });

  it.each([
    ["a verdict that does not exist", { results: [{ ...report.results[0], verdict: "maybe" }] }],
    ["a missing summary", { summary: undefined }],
    ["another version", { version: 2 }],
    ["a member that nobody knows", { extra: true }],
  ])("is told apart from one with %s", (_, change) => {
    const changed: unknown = JSON.parse(JSON.stringify({ ...report, ...change }));
    expect(schemaProblems(schema, changed)).not.toEqual([]);
  });
});

describe("the JUnit report", () => {
  const xml = renderJunit(report);

  it("is well-formed XML", () => {
    const parse = "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)";
    expect(() =>
      execFileSync("python3", ["-c", parse], { input: xml, stdio: ["pipe", "pipe", "pipe"] }),
    ).not.toThrow();
  });

  it("counts a must as a failure, a should as none", () => {
    expect(xml).toMatch(/<testsuites [^>]*tests="4" failures="1" errors="0" skipped="1"/);
    expect(xml).toContain('<failure type="must" message="no &lt;message&gt;">');
    expect(xml).toContain("<system-out>should: two lines");
  });
});

describe("the TAP report", () => {
  it("marks what was not judged with SKIP, and a should with TODO", () => {
    const lines = renderTap(report).split("\n");
    expect(lines.filter((line) => !line.startsWith("  "))).toEqual([
      "TAP version 14",
      "1..4",
      "ok 1 - enroll.status: ends well",
      "not ok 2 - failures.one-line: one line # TODO should",
      "not ok 3 - failures.message: a message \\# of words",
      "ok 4 - roots.lost: roots # SKIP FETCH-ROOTS is not supported",
      "",
    ]);
  });
});

describe("the HTML report", () => {
  const html = renderHtml(report);

  it("needs nothing from elsewhere, and runs nothing", () => {
    expect(html).not.toMatch(/<script|<link|<img|\ssrc=|url\(|@import|https?:/);
  });

  it("has the output of the helper as text", () => {
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("Test &lt;CA&gt; &amp; &quot;sons&quot;");
  });

  it("says what certmonger would have done", () => {
    expect(html).toContain("<dt>What certmonger would have done</dt><dd>a harm</dd>");
  });
});
