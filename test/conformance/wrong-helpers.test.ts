import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checks } from "../../src/testing/checks/index.ts";
import { type ConformanceOptions, checkConformance } from "../../src/testing/conformance.ts";
import { FixtureState, fixtures, secret } from "./support/fixture-state.ts";

/** What the harness has to be told so that it can find the fault. */
const options: Readonly<Record<string, Partial<ConformanceOptions>>> = {
  "enroll.expected": { expect: "issued" },
  "hygiene.deadline": { timeoutSeconds: 1 },
  "hygiene.sigterm": { jobs: 8 },
  "hygiene.secret-argv": { secrets: [secret] },
  "hygiene.secret-output": { secrets: [secret] },
  "hygiene.secret-files": { secrets: [secret] },
};

const network: Partial<ConformanceOptions> = {
  serverOption: "--url",
  serverCaOption: "--cafile",
  timeoutSeconds: 5,
  jobs: 10,
};

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

describe("a deliberately wrong helper", () => {
  it("is there for every check, and for nothing else", () => {
    const helpers = readdirSync(join(fixtures, "wrong")).map((name) => name.replace(/\.sh$/, ""));
    expect(helpers.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
  });

  it.concurrent.for(checks)(
    "fails $id and no other check",
    { timeout: 120_000 },
    async ({ id }, { expect }) => {
      const command = [join(fixtures, "wrong", `${id}.sh`), await state.fresh()];
      const report = await checkConformance({
        command,
        settleSeconds: 2,
        ...(id.startsWith("faults.") && network),
        ...options[id],
      });
      const failures = report.results.filter(({ verdict }) => verdict === "failed");
      expect(failures.map((failure) => `${failure.id}: ${failure.finding}`)).toEqual([
        expect.stringContaining(`${id}: `),
      ]);
    },
  );
});
