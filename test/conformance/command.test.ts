import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp } from "../../src/cli/conformance/cleanup.ts";
import { type ConformanceValues, optionsToRepeat, planConformance } from "../../src/cli/conformance/plan.ts";
import { makeSample } from "../../src/testing/index.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "command-"));
  await writeFile(file("web.csr"), makeSample().csr);
  await writeFile(file("password"), "correct horse\nnot this line\n");
  await writeFile(file("short"), "abc\n");
  await writeFile(file("more.env"), "CERTMONGER_REQ_PRINCIPAL=host/www@EXAMPLE.TEST\nLANG=de_DE.UTF-8\n");
});
afterAll(() => rm(directory, { recursive: true }));
const file = (name: string): string => join(directory, name);

const none: ConformanceValues = {
  csr: undefined,
  expect: undefined,
  profile: undefined,
  environmentFile: undefined,
  only: [],
  skip: [],
  timeout: 30,
  jobs: 1,
  settle: 5,
  cleanup: undefined,
  secret: [],
  serverOption: undefined,
  serverTemplate: "https://{host}:{port}/",
  serverCaOption: undefined,
  stateOption: undefined,
  full: false,
  list: false,
  json: false,
  tap: false,
  junit: undefined,
  html: undefined,
};
const words = { operands: [], rest: ["./my-helper", "--ca", "test"] };

describe("the command line", () => {
  it("becomes a plan, with the files read", async () => {
    const values = {
      ...none,
      csr: file("web.csr"),
      secret: [file("password")],
      environmentFile: file("more.env"),
    };
    expect(await planConformance({ ...values, expect: "wait", timeout: 9 }, words)).toMatchObject({
      command: ["./my-helper", "--ca", "test"],
      expect: "wait",
      timeoutSeconds: 9,
      csr: expect.stringContaining("-----BEGIN CERTIFICATE REQUEST-----"),
      secrets: ["correct horse"],
      environment: { CERTMONGER_REQ_PRINCIPAL: "host/www@EXAMPLE.TEST", LANG: "de_DE.UTF-8" },
    });
  });

  it("may have the helper without --", async () => {
    const { command } = await planConformance(none, { operands: ["./my-helper"] });
    expect(command).toEqual(["./my-helper"]);
  });

  it.each([
    ["no helper", {}, { operands: [] }, "no helper was given"],
    ["no helper after --", {}, { operands: [], rest: [] }, "no helper was given"],
    [
      "its flags in the helper's word",
      {},
      { operands: [], rest: ["./my-helper -x"] },
      "words apart, -- HELPER",
    ],
    ["words before --", {}, { operands: ["x"], rest: ["y"] }, "x stands before --"],
    ["two reports on stdout", { json: true, tap: true }, words, "both write to stdout"],
    ["half a job", { jobs: 0.5 }, words, "--jobs is a whole number"],
    ["a CSR that is not there", { csr: "/nonexistent" }, words, "can not read /nonexistent"],
    ["a secret that is not there", { secret: ["/nonexistent"] }, words, "can not read /nonexistent"],
  ])("is refused with %s", async (_, values, given, problem) => {
    await expect(planConformance({ ...none, ...values }, given)).rejects.toThrow(problem);
  });

  it("is refused with a CSR that is none, and a secret that is too short to be looked for", async () => {
    await expect(planConformance({ ...none, csr: file("password") }, words)).rejects.toThrow("is no CSR");
    await expect(planConformance({ ...none, secret: [file("short")] }, words)).rejects.toThrow("too short");
  });

  it("is repeated without what belongs to the reports", () => {
    const values = { ...none, only: ["poll"], json: true, html: "x.html", settle: 60, secret: ["a", "b"] };
    expect(optionsToRepeat(values)).toEqual(["--settle=60", "--secret=a", "--secret=b"]);
    expect(optionsToRepeat(none)).toEqual([]);
  });
});

describe("the clean-up command", () => {
  it("gets its words and a file of the certificates, without a shell", async () => {
    const command = `/bin/cp -t '${directory}'`;
    expect(await cleanUp(command, ["one\n", "two\n"])).toBeUndefined();
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(file("certificates.pem"), "utf8")).toBe("one\ntwo\n");
  });

  it.each([
    ["/bin/false", "exit status 1: "],
    ["/nonexistent/command", "no such file: /nonexistent/command"],
    ["/bin/sh -c 'kill -9 $$'", "killed by SIGKILL"],
  ])("%s is reported", async (command, problem) => {
    expect(await cleanUp(command, ["one\n"])).toBe(problem);
  });
});
