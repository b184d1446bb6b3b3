import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureState } from "../conformance/support/fixture-state.ts";
import { schemaProblems } from "../testing/support/json-schema.ts";
import { executable } from "./support/executable.ts";
import { need } from "./support/peers.ts";
import { attempt } from "./support/run.ts";

const root = resolve(import.meta.dirname, "../..");
const example = (name: string): string => join(root, "docs/examples/conformance", name);
const schema: unknown = JSON.parse(readFileSync(join(root, "docs/conformance-report.schema.json"), "utf8"));

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

describe("the executable", () => {
  for (const [name, interpreter] of Object.entries({
    "shell-submit": "openssl",
    "python-submit": "python3",
  })) {
    const { leaveOut, note } = need("openssl", interpreter);
    it.skipIf(leaveOut)(`finds nothing wrong with the example ${name}${note}`, async () => {
      const words = ["conformance", "--json", "--expect", "issued", "--", example(name), await state.fresh()];
      const { exitStatus, stdout, stderr } = await attempt(executable("certmonger-helper"), words);
      expect({ exitStatus, stderr }).toMatchObject({ exitStatus: 0 });
      const report: unknown = JSON.parse(stdout);
      expect(schemaProblems(schema, report)).toEqual([]);
      expect(report).toMatchObject({ summary: { failedMust: 0, failedShould: 0 } });
    });
  }

  it("finds nothing wrong with self-sign-submit, in less than 30 seconds", async () => {
    const helper = [executable("self-sign-submit"), "-d", join(await state.fresh(), "own")];
    const words = ["conformance", "--json", "--expect", "issued", "--", ...helper];
    const { exitStatus, stdout } = await attempt(executable("certmonger-helper"), words);
    expect(exitStatus).toBe(0);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({ summary: { failedMust: 0, failedShould: 0 } });
    expect((report as { durationMs: number }).durationMs).toBeLessThan(30_000);
  });

  it("ends with 1 when a must failed, with 2 when there is no helper", async () => {
    const wrong = join(root, "test/fixtures/helpers/conformance/wrong/roots.json-keys.sh");
    const words = ["conformance", "--only", "roots", "--", wrong, await state.fresh()];
    expect((await attempt(executable("certmonger-helper"), words)).exitStatus).toBe(1);
    const none = await attempt(executable("certmonger-helper"), ["conformance", "--", "/nonexistent"]);
    expect(none).toMatchObject({
      exitStatus: 2,
      stderr: expect.stringContaining("no such file: /nonexistent"),
    });
    expect((await attempt(executable("certmonger-helper"), ["conformance"])).exitStatus).toBe(2);
  });

  it("gives the issued certificates to the clean-up command", async () => {
    const directory = await mkdtemp(join(tmpdir(), "cleanup-"));
    const words = ["conformance", "--only", "enroll.status", "--cleanup", `/bin/cp -t ${directory}`, "--"];
    await attempt(executable("certmonger-helper"), [...words, example("shell-submit"), await state.fresh()]);
    expect(readFileSync(join(directory, "certificates.pem"), "utf8")).toContain(
      "-----BEGIN CERTIFICATE-----",
    );
    await rm(directory, { recursive: true });
  });
});

describe("the library", () => {
  it("runs as the example says, inside an author's own vitest", async () => {
    const vitest = join(root, "node_modules/.bin/vitest");
    const run = await attempt(vitest, ["run", "--root", join(root, "docs/examples/conformance")]);
    expect(run.stdout + run.stderr).toMatch(/Tests +.*\d+ passed/);
    expect(run.exitStatus).toBe(0);
  });
});
