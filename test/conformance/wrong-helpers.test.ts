import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConformance, checks } from "../../src/testing/index.ts";
import { FixtureState, fixtures } from "./support/fixture-state.ts";
import { optionsFor } from "./support/wrong-helpers.ts";

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

// That no other check fails is tested in test/e2e/conformance-matrix.test.ts, which takes minutes.
describe("a deliberately wrong helper", () => {
  it("is there for every check, and for nothing else", () => {
    const helpers = readdirSync(join(fixtures, "wrong")).map((name) => name.replace(/\.sh$/, ""));
    expect(helpers.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
  });

  it.concurrent.for(checks)(
    "fails $id when only that is tried",
    { timeout: 60_000 },
    async ({ id }, { expect }) => {
      const command = [join(fixtures, "wrong", `${id}.sh`), await state.fresh()];
      const report = await checkConformance({ command, only: [id], ...optionsFor(id) });
      const judged = report.results.filter(({ because }) => because !== "not-selected");
      expect(judged.map((result) => `${result.verdict} ${result.id}`)).toEqual([`failed ${id}`]);
    },
  );
});
