import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConformance, type Report } from "../../src/testing/index.ts";
import { readCertificate } from "../../src/x509/certificate.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { need } from "./support/peers.ts";

const { leaveOut, note } = need("certmonger", "getcert", "openssl");
const localSubmit = "/usr/lib/certmonger/local-submit";
const wrapper = (name: string): string =>
  join(import.meta.dirname, `../fixtures/helpers/conformance/local-submit/${name}.sh`);

/** What the harness finds; each of them is shown below with the daemon. */
const findings = [
  "enroll.broken-csr",
  "enroll.bad-signature",
  "enroll.repeat",
  "failures.message",
  "failures.one-line",
];
/** Found when a kill, at moments of chance, comes between emptying the file of serial numbers and filling it. */
const chanceFinding = "hygiene.kill";

describe.skipIf(leaveOut)(`certmonger's local-submit, judged${note}`, () => {
  let directory: string;
  let report: Report;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "local-submit-"));
    report = await checkConformance({ command: [localSubmit, "-d", directory], expect: "issued" });
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("has these findings and no others", () => {
    const failed = report.results.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
    expect(failed.filter((id) => id !== chanceFinding)).toEqual(findings);
  });

  it("is found to lose its serial numbers by SIGKILL when it has lost them", async () => {
    const { size } = await stat(join(directory, "serial"));
    const verdict = report.results.find(({ id }) => id === chanceFinding)?.verdict;
    expect(verdict).toBe(size === 0 ? "failed" : "passed");
  });
});

describe.skipIf(leaveOut)(`what certmonger makes of these findings${note}`, () => {
  let lab: CertmongerLab;
  const ca = (name: string): string => lab.path(`ca-${name}`);

  beforeAll(async () => {
    lab = await CertmongerLab.start();
  });
  afterAll(() => lab.stop());

  async function addCa(name: string, helper: string): Promise<void> {
    execFileSync("mkdir", ["-p", ca(name), lab.path(name)]);
    await lab.addCa(name, [helper, "-d", ca(name)]);
  }

  /** Asks for a certificate; returns at once. */
  async function request(name: string): Promise<void> {
    const files = ["-k", lab.path(`${name}/key.pem`), "-f", lab.path(`${name}/certificate.pem`)];
    await lab.getcert("request", "-I", name, "-c", name, "-N", "CN=www.example.test", ...files);
  }

  async function list(name: string): Promise<string> {
    return lab.getcert("list", "-i", name);
  }

  it("enroll.broken-csr: 1 without a word, NEED_GUIDANCE", async () => {
    await addCa("broken", wrapper("broken-csr"));
    await lab.caIsSettled("broken");
    await request("broken");
    await lab.reaches("broken", "NEED_GUIDANCE");
    expect(await list("broken")).toContain("stuck: yes");
  });

  it("enroll.bad-signature: a certificate for a CSR whose signature is wrong", async () => {
    await addCa("signature", wrapper("wrong-signature"));
    await lab.caIsSettled("signature");
    await request("signature");
    await lab.reaches("signature", "MONITORING");
    expect(existsSync(lab.path("signature/certificate.pem"))).toBe(true);
  });

  it("enroll.repeat: a request made right after add-ca gets two certificates", async () => {
    await addCa("slow", wrapper("slow"));
    await request("slow");
    await lab.reaches("slow", "MONITORING", 60_000);
    const runs = lab
      .helperRuns("SUBMIT")
      .filter(({ environment }) => environment.CERTMONGER_CA_NICKNAME === "slow");
    expect(new Set(runs.map(({ environment }) => environment.CERTMONGER_CSR)).size).toBe(1);
    const serials = runs.map(({ stdout }) => readCertificate(stdout).serial);
    expect(serials.length).toBeGreaterThan(1);
    expect(new Set(serials).size).toBe(serials.length);
    const installed = readCertificate(readFileSync(lab.path("slow/certificate.pem"), "utf8"));
    expect(serials.at(-1)).toBe(installed.serial);
  });

  it("failures.message and hygiene.kill: 3 without a word after the serial numbers are lost", async () => {
    await addCa("killed", localSubmit);
    await lab.caIsSettled("killed");
    await truncate(join(ca("killed"), "serial"));
    await request("killed");
    await lab.reaches("killed", "CA_UNREACHABLE");
    expect(await list("killed")).not.toContain("ca-error");
  });

  it("failures.one-line: of three lines the first is kept", async () => {
    await addCa("lines", wrapper("no-csr"));
    await lab.caIsSettled("lines");
    await request("lines");
    await lab.reaches("lines", "CA_UNCONFIGURED");
    expect(await list("lines")).toMatch(/^\tca-error: Unable to read signing request\.$/m);
    expect(await list("lines")).not.toContain("Usage:");
  });
});
