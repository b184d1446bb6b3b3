import { execFileSync } from "node:child_process";
import { chmodSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newDirectory } from "../support/directory.ts";
import { makeCertificates, runEdgeHelper } from "./support/edge-helper.ts";

const pki = makeCertificates();
const leaf = pki.at("leaf.pem");
const submit = { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: pki.csr };

/** A state directory of its own, and a helper in it that writes down its steps. */
function helperWithState() {
  const directory = newDirectory();
  const journal = join(directory, "journal");
  writeFileSync(journal, "");
  return {
    directory,
    steps: () => readFileSync(journal, "utf8").trimEnd().split("\n"),
    run: (act: string, env: Record<string, string> = {}, ...args: string[]) =>
      runEdgeHelper({
        args: [`--act=${act}`, `--answer=${leaf}`, `--journal=${journal}`, ...args],
        env: { ...submit, STATE: directory, ...env },
      }),
  };
}

describe("the answer that certmonger never took", () => {
  it("is given again: the CA signs one CSR once", async () => {
    const helper = helperWithState();
    const first = await helper.run("issue");
    const second = await helper.run("issue");
    expect(first.status).toBe(0);
    expect(second).toEqual(first);
    expect(helper.steps()).toEqual(["submit"]);
  });

  it("is not given to a real resubmit, which carries the certificate", async () => {
    const helper = helperWithState();
    const { stdout } = await helper.run("issue");
    await helper.run("issue", { CERTMONGER_CERTIFICATE: stdout });
    expect(helper.steps()).toEqual(["submit", "submit"]);
  });

  it("is given to a renewal that still carries the certificate before it", async () => {
    const helper = helperWithState();
    await helper.run("issue");
    const old = readFileSync(pki.at("other.pem"), "utf8");
    await helper.run("issue", { CERTMONGER_CERTIFICATE: old });
    expect(helper.steps()).toEqual(["submit"]);
  });

  it.each([
    ["another profile", { CERTMONGER_CA_PROFILE: "web" }],
    ["another issuer", { CERTMONGER_CA_ISSUER: "sub" }],
    ["another CA", { CERTMONGER_CA_NICKNAME: "Other" }],
  ])("is not given to a request with %s", async (_, env) => {
    const helper = helperWithState();
    await helper.run("issue");
    await helper.run("issue", env);
    expect(helper.steps()).toEqual(["submit", "submit"]);
  });

  it("is not given when what it depends on has changed since", async () => {
    const helper = helperWithState();
    const rules = join(helper.directory, "rules");
    writeFileSync(rules, "strict");
    const env = { EDGE_RULES: rules };
    await helper.run("issue", env);
    await helper.run("issue", env);
    expect(helper.steps()).toEqual(["submit"]);
    writeFileSync(rules, "stricter");
    await helper.run("issue", env);
    expect(helper.steps()).toEqual(["submit", "submit"]);
  });

  it("an open order goes on with POLL instead of a second order", async () => {
    const helper = helperWithState();
    await helper.run("wait");
    const { stdout } = await helper.run("wait");
    expect(helper.steps()).toEqual(["submit", "poll order-7"]);
    expect(stdout).toBe("polled order-7\n");
    // The CA has refused the order: the next SUBMIT makes a new one.
    await helper.run("wait");
    expect(helper.steps()).toEqual(["submit", "poll order-7", "submit"]);
  });

  it("a ledger that can not be kept costs nothing but a warning", async () => {
    const env = { STATE: "/dev/null" };
    const run = await runEdgeHelper({
      args: ["--act=issue", `--answer=${leaf}`],
      env: { ...submit, ...env },
    });
    expect(run.status).toBe(0);
    expect(run.stderr).toContain("answers are not kept");
  });

  it.each(["", "answers"])(
    "is not given when others could have put it there: state directory/%s is open",
    async (name) => {
      const helper = helperWithState();
      await helper.run("issue");
      chmodSync(join(helper.directory, name), 0o777);
      const run = await helper.run("issue");
      expect(helper.steps()).toEqual(["submit", "submit"]);
      expect(run.stderr).toContain("lets others write to it");
    },
  );

  it.each([
    { what: "cut short", damage: (text: string) => text.slice(0, 50) },
    {
      what: "with a chain of something else",
      damage: (text: string) => text.replace('"chain":[', '"chain":[1,'),
    },
    {
      what: "with roots of something else",
      damage: (text: string) => text.replace('"chain":', '"roots":[{}],"chain":'),
    },
  ])("a damaged ledger entry is no entry: $what", async ({ damage }) => {
    const helper = helperWithState();
    await helper.run("issue");
    for (const path of globSync(join(helper.directory, "answers/*.json"))) {
      const entry = readFileSync(path, "utf8");
      expect(damage(entry)).not.toBe(entry);
      writeFileSync(path, damage(entry));
    }
    expect((await helper.run("issue")).status).toBe(0);
    expect(helper.steps()).toEqual(["submit", "submit"]);
  });

  it("a named pipe that others put in its place is not waited for", async () => {
    const helper = helperWithState();
    await helper.run("issue");
    for (const path of globSync(join(helper.directory, "answers/*.json"))) {
      rmSync(path);
      execFileSync("mkfifo", [path]);
    }
    chmodSync(join(helper.directory, "answers"), 0o777);
    expect((await helper.run("issue")).status).toBe(0);
  });
});

describe("POLL", () => {
  const cookieOf = (stdout: string) => stdout.split("\n")[1] ?? "";

  it("gets exactly the cookie that SUBMIT gave", async () => {
    const helper = helperWithState();
    const cookie = cookieOf((await helper.run("wait")).stdout);
    const run = await helper.run("wait", { CERTMONGER_OPERATION: "POLL", CERTMONGER_CA_COOKIE: cookie });
    expect(run.stdout).toBe("polled order-7\n");
  });

  it.each([
    ["of another CSR", "cmh1:0000000000000000:0:0:order-7"],
    ["that is not ours", "order-7"],
    ["of 100 KB", "x".repeat(100_000)],
  ])("with a cookie %s starts over", async (_, cookie) => {
    const helper = helperWithState();
    await helper.run("reject", { CERTMONGER_OPERATION: "POLL", CERTMONGER_CA_COOKIE: cookie });
    expect(helper.steps()).toEqual(["submit"]);
  });

  it("that finds no one keeps its cookie: unreachable leaves it with certmonger", async () => {
    const helper = helperWithState();
    const cookie = cookieOf((await helper.run("wait")).stdout);
    const env = { CERTMONGER_OPERATION: "POLL", CERTMONGER_CA_COOKIE: cookie };
    expect(await helper.run("unreachable", env)).toMatchObject({ status: 3 });
    const again = await helper.run("unreachable", env, "--retry-for=1h");
    expect(again.status).toBe(5);
    expect(cookieOf(again.stdout)).toMatch(/^cmh1:[0-9a-f]{16}:1:\d{10}:order-7$/);
  });
});

describe("a CSR that can not be used is refused with its reason", () => {
  it.each([
    ["garbage", "garbage"],
    ["an empty block", "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n"],
    ["a certificate", readFileSync(pki.at("leaf.pem"), "utf8")],
    ["half a CSR", pki.csr.slice(0, pki.csr.length / 2)],
  ])("%s", async (_, csr) => {
    const run = await runEdgeHelper({
      args: ["--act=issue", `--answer=${leaf}`],
      env: { ...submit, CERTMONGER_CSR: csr },
    });
    expect(run.status).toBe(2);
    expect(run.stdout).toMatch(/^the CSR can not be used: \S.*\n$/);
  });

  it("CRLF line ends and the older PEM label are fine", async () => {
    for (const csr of [
      pki.csr.replaceAll("\n", "\r\n"),
      pki.csr.replaceAll("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    ]) {
      const run = await runEdgeHelper({
        args: ["--act=issue", `--answer=${leaf}`],
        env: { ...submit, CERTMONGER_CSR: csr },
      });
      expect(run.status).toBe(0);
    }
  });
});

describe("the certificate is put in order before certmonger gets it", () => {
  const count = (text: string) => text.split("BEGIN CERTIFICATE").length - 1;

  it("the leaf comes first, whatever the CA's order, and nothing twice", async () => {
    const all = pki.at("all.pem");
    const [ca, certificate] = [pki.at("ca.pem"), leaf].map((path) => readFileSync(path, "utf8"));
    writeFileSync(all, `subject=CA\n${ca}some text\n${certificate}${ca}`);
    const run = await runEdgeHelper({
      args: ["--act=issue", `--answer=${all}`, `--answer=${pki.at("ca.pem")}`],
      env: submit,
    });
    expect(run.status).toBe(0);
    expect(count(run.stdout)).toBe(2);
    expect(run.stdout.startsWith(certificate ?? "?")).toBe(true);
    expect(run.stdout.endsWith(ca ?? "?")).toBe(true);
  });
});
