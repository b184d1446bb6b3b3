import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConformance } from "../../src/testing/index.ts";
import { FixtureState, fixtures } from "./support/fixture-state.ts";

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

// All shapes are tried in test/e2e/conformance-matrix.test.ts.
describe("a right helper", () => {
  it("that waits with a delay, and then issues, passes without a failure", { timeout: 60_000 }, async () => {
    const command = [join(fixtures, "right/wait-with-delay.sh"), await state.fresh()];
    const report = await checkConformance({ command, expect: "issued", skip: ["hygiene.kill"] });
    expect(report.results.filter(({ verdict }) => verdict === "failed")).toEqual([]);
    expect(report.outcome).toBe("issued");
    expect(report.summary.passed).toBeGreaterThan(70);
  });
});
