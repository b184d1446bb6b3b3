import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConformance, checks, type Report } from "../../src/testing/index.ts";
import { FixtureState, fixtures } from "../conformance/support/fixture-state.ts";
import { rightShapes } from "../conformance/support/right-helpers.ts";
import { optionsFor } from "../conformance/support/wrong-helpers.ts";

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

describe("a deliberately wrong helper", () => {
  it.concurrent.for(checks)(
    "fails $id and no other check",
    { timeout: 180_000 },
    async ({ id }, { expect }) => {
      const command = [join(fixtures, "wrong", `${id}.sh`), await state.fresh()];
      const report = await checkConformance({ command, skip: slowBut(id), ...optionsFor(id) });
      expect(findingsOf(report)).toEqual([expect.stringContaining(`${id}: `)]);
    },
  );
});

describe("a right helper", () => {
  it.concurrent.for(rightShapes)(
    "of the shape $shape passes without a failure",
    { timeout: 180_000 },
    async ({ shape, outcome, options, passes }, { expect }) => {
      const command = [join(fixtures, "right", `${shape}.sh`), await state.fresh()];
      const report = await checkConformance({ command, ...options });
      expect(findingsOf(report)).toEqual([]);
      expect(report.outcome).toBe(outcome);
      expect(report.results.find(({ id }) => id === passes)).toMatchObject({ verdict: "passed" });
    },
  );
});

describe("twenty trials", () => {
  it.each(["right/wait-with-delay", "wrong/enroll.repeat"])("of %s have the same result", async (helper) => {
    const results = new Set<string>();
    for (let trial = 0; trial < 20; trial++) {
      const command = [join(fixtures, `${helper}.sh`), await state.fresh()];
      // Killing takes five seconds each time; its result depends on nothing else.
      const report = await checkConformance({ command, skip: ["hygiene.kill"] });
      results.add(report.results.map(({ id, verdict }) => `${id} ${verdict}`).join("\n"));
    }
    expect(results.size).toBe(1);
  });
});

/** Killing takes five seconds each time, and its result depends on nothing else: `wrong-helpers` tries it alone. */
function slowBut(id: string): string[] {
  return id === "hygiene.kill" ? [] : ["hygiene.kill"];
}

function findingsOf({ results }: Report): string[] {
  return results.filter(({ verdict }) => verdict === "failed").map(({ id, finding }) => `${id}: ${finding}`);
}
