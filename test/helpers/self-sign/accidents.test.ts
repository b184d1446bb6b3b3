import { expect, it } from "vitest";
import { expectOneCaForAll, expectToSurviveKills } from "./support/accidents.ts";
import { fromSource } from "./support/run.ts";

// test/e2e/self-sign-accidents.test.ts does the same with the executable, with 40 runs and 200 kills.

it("eight runs at once in an empty directory share one CA", async () => {
  await expectOneCaForAll(fromSource, 8);
}, 60_000);

it("a run that is killed leaves the CA whole and the next run in order", async () => {
  expect(await expectToSurviveKills(fromSource, 20)).toBeGreaterThan(0);
}, 120_000);
