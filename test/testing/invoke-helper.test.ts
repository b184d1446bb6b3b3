import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type HelperResult, type Invocation, issued, wait } from "../../protocol/index.ts";
import { invokeHelper } from "../../src/testing/invoke-helper.ts";

const csr = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";
const shell = (script: string, ...args: string[]) =>
  execFileSync("sh", ["-c", script, "sh", ...args], { stdio: "pipe" });
const certificate = shell(
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=a",
).toString();
const pkcs7Der = shell(
  `printf '%s' "$1" | openssl crl2pkcs7 -nocrl -certfile /dev/stdin -outform DER`,
  certificate,
);
const request = { csr, hostnames: ["a.test", "b.test"], principals: [], emails: [], ipAddresses: [] };
const submit: Invocation = { operation: "SUBMIT", request };

function helper(script: string): readonly string[] {
  return ["sh", "-c", script];
}

describe("invokeHelper", () => {
  const answers: { name: string; script: string; invocation?: Invocation; result: HelperResult }[] = [
    { name: "a certificate", script: `printf '%s' '${certificate}'`, result: issued({ certificate }) },
    {
      name: "a certificate in binary PKCS#7",
      script: `echo ${pkcs7Der.toString("base64")} | base64 -d`,
      result: issued({ certificate }),
    },
    { name: "a wait", script: "echo order-7; exit 1", result: wait("order-7") },
    { name: "a wait with a delay", script: "echo 300; echo order-7; exit 5", result: wait("order-7", 300) },
    { name: "a refusal", script: "echo no; exit 2", result: { status: "rejected", message: "no" } },
    { name: "a call for another key", script: "exit 17", result: { status: "need-rekey" } },
    {
      name: "an answer to a question",
      script: "echo My CA",
      invocation: { operation: "IDENTIFY" },
      result: { status: "answered", output: "My CA\n" },
    },
    {
      name: "the answer to an operation that nobody knows",
      script: "exit 6",
      invocation: { operation: "unknown", name: "DANCE" },
      result: { status: "unsupported" },
    },
  ];
  it.each(answers)("reads $name", async ({ script, invocation = submit, result }) => {
    const run = await invokeHelper({ command: helper(script), invocation });
    expect(run.result).toEqual(result);
    expect(run).not.toHaveProperty("problem");
  });

  it("hands over the request in certmonger's environment, and reports that environment", async () => {
    const invocation: Invocation = { operation: "POLL", request, cookie: "order-7" };
    const { environment, reply } = await invokeHelper({
      command: ["env", "-0"],
      invocation,
      daemonEnvironment: { LANG: "de_DE.UTF-8", TZ: "Asia/Tokyo" },
    });
    expect(environment).toMatchObject({
      CERTMONGER_OPERATION: "POLL",
      CERTMONGER_CA_COOKIE: "order-7",
      CERTMONGER_CSR: csr,
      CERTMONGER_REQ_HOSTNAME: "a.test\nb.test",
      HOME: "/run/certmonger",
      LANG: "de_DE.UTF-8",
    });
    const lines = reply?.stdout.split("\0").slice(0, -1) ?? [];
    expect(lines.sort()).toEqual(
      Object.entries(environment)
        .map((entry) => entry.join("="))
        .sort(),
    );
  });

  it("can set and take away variables that certmonger always sets", async () => {
    const { environment } = await invokeHelper({
      command: helper("exit 2"),
      invocation: submit,
      overrides: { CERTMONGER_OPERATION: undefined, HOME: "/nowhere" },
    });
    expect(environment).not.toHaveProperty("CERTMONGER_OPERATION");
    expect(environment.HOME).toBe("/nowhere");
  });

  const nonsense = [
    {
      name: "a status out of the protocol",
      script: "exit 42",
      problem: "exit status 42 is not in the protocol",
    },
    {
      name: "a wait without a cookie",
      script: "exit 1",
      problem: "exit status 1 without a cookie on stdout",
    },
    {
      name: "success without a certificate",
      script: "exit 0",
      problem: "the output is empty",
    },
    {
      name: "half a certificate",
      script: `printf '%.30s' '${certificate}'`,
      problem: "a line -----BEGIN has no line -----END that belongs to it",
    },
  ];
  it.each(nonsense)("says what is wrong with $name, and keeps the reply", async ({ script, problem }) => {
    const run = await invokeHelper({ command: helper(script), invocation: submit });
    expect(run).toMatchObject({
      problem: expect.stringMatching(problem),
      reply: { stdout: expect.any(String) },
    });
    expect(run).not.toHaveProperty("result");
  });

  const silence = [
    { name: "is missing", command: ["/nowhere/helper"], problem: "no such file: /nowhere/helper" },
    { name: "is killed", command: helper("echo text; kill -9 $$"), problem: "killed by SIGKILL" },
    { name: "hangs", command: helper("sleep 60"), problem: "no answer within 0.3 s" },
    {
      name: "answers only SIGTERM",
      command: helper("trap 'echo x; exit 1' TERM; sleep 60 & wait"),
      problem: "no answer within 0.3 s",
    },
    {
      name: "leaves stdout open",
      command: helper("sleep 60 & exit 2"),
      problem: /^stdout not closed within 0.3 s: process \d+ \(sleep\) holds it$/,
    },
    { name: "writes without end", command: helper("yes"), problem: "more than 5000 bytes on stdout" },
  ];
  it.each(silence)("says that there is no answer when the helper $name", async ({ command, problem }) => {
    const run = await invokeHelper({
      command,
      invocation: submit,
      deadlineMs: 300,
      maximumOutputBytes: 5000,
    });
    expect(run).toMatchObject({ problem: expect.stringMatching(problem) });
    expect(run).not.toHaveProperty("reply");
    expect(run).not.toHaveProperty("result");
  });

  it("gives up when the caller does", async () => {
    const run = await invokeHelper({
      command: helper("sleep 60"),
      invocation: submit,
      signal: AbortSignal.timeout(100),
    });
    expect(run).toMatchObject({ problem: "aborted" });
  });
});
