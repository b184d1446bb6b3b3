import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newDirectory } from "../support/directory.ts";
import { makeCertificates, runEdgeHelper } from "./support/edge-helper.ts";

const pki = makeCertificates();
const submit = { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: pki.csr };
const leaf = pki.at("leaf.pem");
const missing = "/nowhere/leaf.pem";

/** Each row: what happens at the edge of the process, and what certmonger gets. */
const rows = [
  {
    event: "an issued certificate",
    act: "issue",
    answer: [leaf],
    status: 0,
    line: "-----BEGIN CERTIFICATE-----",
  },
  {
    event: "a refusal keeps its whole reason on the first line",
    act: "reject",
    status: 2,
    line: "not today and not tomorrow",
  },
  {
    event: "a reason that is far too long is cut, and says so",
    act: "reject-at-length",
    status: 2,
    line: `${"because ".repeat(250)}… (800000 characters)`,
  },
  {
    event: "a failure says its status and message",
    act: "unconfigured",
    status: 4,
    line: "no account at ca.example.test",
  },
  {
    event: "a throw that nobody foresaw",
    act: "throw",
    status: 3,
    line: "internal error, please report it: TypeError: boom",
  },
  {
    event: "a throw outside of every promise",
    act: "throw-later",
    status: 3,
    line: "internal error, please report it: TypeError: boom",
  },
  {
    event: "an unhandled rejection",
    act: "reject-later",
    status: 3,
    line: "internal error, please report it: TypeError: boom",
  },
  {
    event: "a promise that nothing can settle",
    act: "forget",
    status: 3,
    line: "internal error, please report it: Error: the helper stopped without an answer",
  },
  {
    event: "a file that is not there",
    act: "issue",
    answer: [missing],
    status: 3,
    line: /^internal error, .*ENOENT.*\/nowhere\/leaf\.pem/,
  },
  { event: "a printing library", act: "print", status: 2, line: "no" },
  { event: "an idle listener", act: "listen", status: 2, line: "no" },
  { event: "an empty cookie", act: "empty-cookie", status: 1, line: /^cmh1:[0-9a-f]{16}:0:0:$/ },
  {
    event: "a cookie of two lines",
    act: "two-line-cookie",
    status: 3,
    line: /^internal error, please report it: ProtocolError: .*cookie/,
  },
  {
    event: "a deadline",
    act: "hang",
    args: ["--timeout=1"],
    status: 3,
    line: "no answer within 1 s (--timeout)",
  },
  {
    event: "a deadline after an order",
    act: "hang-after-order",
    args: ["--timeout=1"],
    status: 5,
    line: "9",
  },
  {
    event: "an unknown option",
    args: ["--nope"],
    status: 4,
    line: "edge-submit can not run: --nope is not an option (see --help)",
  },
  {
    event: "two wrong options",
    args: ["--nope", "--timeout=x"],
    status: 4,
    line: /--nope is not.*; --timeout is "x", not a time/,
  },
  {
    event: "a flag for people",
    args: ["--help"],
    status: 4,
    line: /--help is for runs by hand, not for certmonger$/,
  },
  { event: "one word too many", args: ["stray"], status: 4, line: /"stray" is one word too many$/ },
  {
    event: "a leaf for another key",
    act: "issue",
    answer: [pki.at("other.pem")],
    status: 3,
    line: `the CA's certificate "CN=other" is for another key than the request's`,
  },
  {
    event: "a certificate that has ended",
    act: "issue",
    answer: [pki.dated("ended.pem", -20, -10)],
    status: 3,
    line: /^the CA's certificate ended on .*; the clock here says /,
  },
  {
    event: "a certificate that has not begun",
    act: "issue",
    answer: [pki.dated("future.pem", 10, 20)],
    status: 3,
    line: /^the CA's certificate begins only on .*; the clock here says /,
  },
  {
    event: "an answer that is no certificate",
    act: "issue",
    answer: [pki.at("ca.key")],
    status: 3,
    line: /^the CA's answer is no certificate: /,
  },
];

describe("every way a SUBMIT can end has its status and first line", () => {
  it.each(rows)("$event → $status", async ({ act, answer = [], args = [], status, line }) => {
    const flags = [
      ...answer.flatMap((path) => ["--answer", path]),
      ...(act === undefined ? [] : ["--act", act]),
    ];
    const run = await runEdgeHelper({ args: [...flags, ...args], env: submit });
    const [first = "", second] = run.stdout.split("\n");
    if (typeof line === "string") expect(first).toBe(line);
    else expect(first).toMatch(line);
    expect(run.status).toBe(status);
    if (status >= 2 && status <= 4) expect(second).toBe("");
  });

  it.each([
    { what: "a reply", args: ["--act", "issue", "--answer", leaf, pki.at("leaf.csr")] },
    { what: "a refusal", args: ["--act", "reject", pki.at("leaf.csr")] },
    { what: "--check", args: ["--check"] },
    { what: "a command", args: ["greet"] },
    { what: "--help", args: ["--help"] },
  ])("$what that finds no room on the disk is not called a success", ({ args }) => {
    const state = ["--state-directory", newDirectory()];
    const full = openSync("/dev/full", "w");
    const run = spawnSync(process.execPath, ["test/fixtures/sdk/edge-helper.ts", ...state, ...args], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(run).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/edge-submit: cannot write stdout: no space left on device\n$/),
    });
  });

  it("an unfinished PEM block is never issued", async () => {
    const path = pki.at("cut.pem");
    writeFileSync(path, `${pki.csr}`.slice(0, 100));
    const run = await runEdgeHelper({ args: ["--act=issue", `--answer=${path}`], env: submit });
    expect(run).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(/^the CA's answer is no certificate: /),
    });
  });

  it("what a library prints goes to stderr", async () => {
    const run = await runEdgeHelper({ args: ["--act=print"], env: submit });
    expect(run.stdout).toBe("no\n");
    expect(run.stderr).toContain("noise from console.log");
    expect(run.stderr).toContain("noise from process.stdout");
  });
});

describe("SIGTERM", () => {
  const onceStarted = (child: import("node:child_process").ChildProcess) =>
    child.stderr?.on("data", (text) => {
      if (String(text).includes("waiting")) child.kill("SIGTERM");
    });

  it("before the CA has answered is unreachable, not a crash without a message", async () => {
    const run = await runEdgeHelper({ args: ["--act=hang"], env: submit, meanwhile: onceStarted });
    expect(run).toMatchObject({ status: 3, stdout: "stopped by SIGTERM before the CA had answered\n" });
  });

  it("after an order leaves the cookie", async () => {
    const run = await runEdgeHelper({
      args: ["--act=hang-after-order"],
      env: submit,
      meanwhile: onceStarted,
    });
    expect(run.status).toBe(5);
    expect(run.stdout).toMatch(/^9\ncmh1:[0-9a-f]{16}:0:0:order-7\n$/);
  });

  it("is the first that stops a run whose --timeout is longer than any timer of Node", async () => {
    const args = ["--act=hang", "--timeout=30d"];
    const run = await runEdgeHelper({ args, env: submit, meanwhile: onceStarted });
    expect(run).toMatchObject({ status: 3, stdout: "stopped by SIGTERM before the CA had answered\n" });
  });

  it("lets a helper that is nearly done finish", async () => {
    const args = ["--act=issue-slowly-after-order", `--answer=${leaf}`];
    const run = await runEdgeHelper({ args, env: submit, meanwhile: onceStarted });
    expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining("-----END CERTIFICATE-----\n") });
  });
});

describe("operations", () => {
  it.each([
    { operation: "IDENTIFY", status: 0, stdout: "edge-submit 1.0.0\n" },
    { operation: "identify", status: 0, stdout: "edge-submit 1.0.0\n" },
    { operation: "GET-SUPPORTED-TEMPLATES", status: 0, stdout: "web\nmail\n" },
    { operation: "GET-DEFAULT-TEMPLATE", status: 6, stdout: "" },
    { operation: "GET-NEW-REQUEST-REQUIREMENTS", status: 0, stdout: "CERTMONGER_REQ_HOSTNAME\n" },
    { operation: "GET-RENEW-REQUEST-REQUIREMENTS", status: 6, stdout: "" },
    { operation: "FETCH-SCEP-CA-CAPS", status: 6, stdout: "" },
    { operation: "FETCH-SCEP-CA-CERTS", status: 6, stdout: "" },
    { operation: "BREW-COFFEE", status: 6, stdout: "" },
  ])("$operation → $status", async ({ operation, status, stdout }) => {
    const run = await runEdgeHelper({ env: { CERTMONGER_OPERATION: operation } });
    expect(run).toEqual({ status, stdout, stderr: "" });
  });

  it.each(["IDENTIFY", "BREW-COFFEE", "GET-DEFAULT-TEMPLATE"])(
    "%s needs no valid configuration",
    async (operation) => {
      const run = await runEdgeHelper({ args: ["--nope"], env: { CERTMONGER_OPERATION: operation } });
      expect(run.status).toBe(operation === "IDENTIFY" ? 0 : 6);
    },
  );

  it("FETCH-ROOTS past its deadline is unreachable, so that certmonger keeps what it has", async () => {
    const args = ["--act=hang", "--timeout=1"];
    const run = await runEdgeHelper({ args, env: { CERTMONGER_OPERATION: "FETCH-ROOTS" } });
    expect(run).toMatchObject({ status: 3, stdout: "no answer within 1 s (--timeout)\n" });
  });

  it("SUBMIT without a CSR names the variable", async () => {
    const run = await runEdgeHelper({ env: { CERTMONGER_OPERATION: "SUBMIT" } });
    expect(run).toMatchObject({ status: 4, stdout: "there is no CSR: CERTMONGER_CSR is not set\n" });
  });

  it("runs with stdin closed, as certmonger starts it", () => {
    const command = ["-c", 'exec "$@" <&-', "sh", process.execPath, "test/fixtures/sdk/edge-helper.ts"];
    const run = spawnSync("/bin/sh", command, { env: submit, encoding: "utf8" });
    expect(run).toMatchObject({ status: 2, stdout: "not today and not tomorrow\n" });
  });

  it("survives a reader that goes away", () => {
    const command = ["-c", '"$@" | true', "sh", process.execPath, "test/fixtures/sdk/edge-helper.ts"];
    expect(spawnSync("/bin/sh", command, { env: submit, encoding: "utf8" }).stderr).toBe("");
  });
});

describe("by hand", () => {
  it("takes the CSR from a file, PEM or DER", async () => {
    pki.openssl("req", "-in", "leaf.csr", "-outform", "DER", "-out", "leaf.der");
    for (const name of ["leaf.csr", "leaf.der"]) {
      const run = await runEdgeHelper({ args: ["--act=issue", `--answer=${leaf}`, pki.at(name)] });
      expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining("END CERTIFICATE") });
    }
  });

  it("takes the CSR from stdin", async () => {
    expect(await runEdgeHelper({ input: pki.csr })).toMatchObject({ status: 2 });
  });

  it("takes the operation and the cookie from flags", async () => {
    const first = await runEdgeHelper({ args: ["--act=wait", pki.at("leaf.csr")] });
    expect(first.status).toBe(5);
    const cookie = first.stdout.split("\n")[1] ?? "";
    const run = await runEdgeHelper({ args: ["--cookie", cookie, pki.at("leaf.csr")] });
    expect(run).toMatchObject({ status: 2, stdout: "polled order-7\n" });
    const identify = await runEdgeHelper({ args: ["--operation", "IDENTIFY"] });
    expect(identify).toMatchObject({ status: 0, stdout: "edge-submit 1.0.0\n" });
  });

  it("a CSR file that is not there is named", async () => {
    const run = await runEdgeHelper({ args: ["/nowhere.csr"] });
    expect(run.status).toBe(4);
    expect(run.stdout).toMatch(
      /^edge-submit can not run: there is no CSR: cannot read \/nowhere\.csr: no such file/,
    );
  });

  it("--check makes no directory", async () => {
    const STATE = join(pki.at("."), "not-there-yet");
    const run = await runEdgeHelper({ args: ["--check"], env: { STATE } });
    expect(run.stdout).toContain(`${STATE}, which will be made when it is needed`);
    expect(existsSync(STATE)).toBe(false);
  });

  it("--check warns of a state directory that others could swap, and of one that certmonger would not find", async () => {
    const open = pki.at("open");
    mkdirSync(join(open, "state"), { recursive: true, mode: 0o700 });
    chmodSync(open, 0o777);
    const swapped = await runEdgeHelper({ args: ["--check"], env: { STATE: join(open, "state") } });
    expect(swapped.stdout).toContain(
      `warning state directory: ${open}, which it is in, has mode 0777: others can put another in its place`,
    );
    expect(swapped.status).toBe(0);
    const relative = "the state directory is given as test: certmonger runs helpers in / and would use /test";
    const { stdout } = await runEdgeHelper({ args: ["--check"], env: { STATE: "test" } });
    expect(stdout).toContain(`warning ${relative}`);
    const submitted = await runEdgeHelper({ args: ["--act", "reject"], env: { ...submit, STATE: "test" } });
    expect(submitted).toMatchObject({ status: 2, stderr: expect.stringContaining(relative) });
  });

  it("-h is help, as long as the helper has no -h of its own", async () => {
    expect(await runEdgeHelper({ args: ["-h"] })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Usage:"),
    });
  });

  it("a mistyped command is told the commands there are", async () => {
    const run = await runEdgeHelper({ args: ["greeet"] });
    expect(run.stdout).toContain("(nor is it one of the commands: greet)");
  });

  it("a word that every object knows is no command", async () => {
    expect(await runEdgeHelper({ args: ["constructor"] })).toMatchObject({
      status: 4,
      stdout: expect.stringContaining("there is no CSR: cannot read"),
    });
  });

  it("without a CSR and without a terminal it says what is missing", async () => {
    expect(await runEdgeHelper({})).toMatchObject({ status: 4, stdout: expect.stringContaining("no CSR") });
  });

  const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
  const needs = hasTerminals
    ? ""
    : " (left out: needs pseudo-terminals, and script of the Debian package bsdutils)";
  it.skipIf(!hasTerminals)(`on a terminal without a CSR it shows its usage on stderr${needs}`, () => {
    const helper = `'${process.execPath}' test/fixtures/sdk/edge-helper.ts`;
    const run = spawnSync("script", ["-qec", `${helper} >/dev/null`, "/dev/null"], { encoding: "utf8" });
    expect(run.status).toBe(4);
    expect(run.stdout).toContain("Usage: edge-submit");
  });

  it("--help shows its options, the common ones, and how it gets into certmonger", async () => {
    const run = await runEdgeHelper({ args: ["--help"] });
    expect(run.status).toBe(0);
    for (const text of [
      "A helper with a fault of your choice.",
      "--act",
      "--retry-for",
      "getcert add-ca",
      "greet",
    ])
      expect(run.stdout).toContain(text);
  });

  it("--version names helper and version", async () => {
    expect(await runEdgeHelper({ args: ["--version"] })).toMatchObject({
      status: 0,
      stdout: "edge-submit 1.0.0\n",
    });
  });

  it("--check reports line by line and ends with 4 when something failed", async () => {
    const good = await runEdgeHelper({ args: ["--check"] });
    expect(good.status).toBe(0);
    expect(good.stdout).toMatch(/^ok .*options.*\nok .*state directory.*\nok .*will reject\nready\n$/);
    const bad = await runEdgeHelper({ args: ["--check", "--act=throw"] });
    expect(bad.status).toBe(4);
    expect(bad.stdout).toContain("FAILED  boom");
    const wrong = await runEdgeHelper({ args: ["--check", "--nope", "--timeout=x"] });
    expect(wrong.status).toBe(4);
    expect(wrong.stdout.match(/FAILED/g)).toHaveLength(2);
  });

  it("runs a command of the helper", async () => {
    expect(await runEdgeHelper({ args: ["greet", "Ann", "Bob"] })).toMatchObject({
      status: 0,
      stdout: "hello Ann and Bob\n",
    });
  });
});

describe("secrets", () => {
  it("come out of messages and log lines, and URLs lose password and query", async () => {
    const path = pki.at("pin");
    closeSync(openSync(path, "w", 0o600));
    writeFileSync(path, "hunter2-hunter2\n");
    const run = await runEdgeHelper({ args: ["--act=tell-secret", `--pin=${path}`], env: submit });
    expect(run.stdout).toBe("the PIN [secret] was refused by https://[secret]@ca.example.test/?[…]\n");
    expect(run.stderr).toContain("the PIN is [secret]");
    expect(run.stdout + run.stderr).not.toContain("hunter2");
  });
});
