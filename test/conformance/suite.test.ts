import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceSuite } from "../../src/testing/index.ts";
import { FixtureState, fixtures } from "./support/fixture-state.ts";

let state: FixtureState;
beforeAll(async () => {
  state = await FixtureState.make();
});
afterAll(() => state.remove());

// The suite as an author uses it: one test for each check.
conformanceSuite(
  { describe, it, beforeAll },
  {
    command: async () => [join(fixtures, "right/issue.sh"), await state.fresh()],
    only: ["operations", "roots"],
  },
);

describe("the suite for a wrong helper", () => {
  it("has a failing test that says what certmonger would do", async () => {
    const tests = new Map<string, () => void>();
    let prepare = async (): Promise<void> => {};
    conformanceSuite(
      {
        describe: (_, body) => body(),
        it: (name, body) => tests.set(name, body),
        beforeAll: (body) => {
          prepare = body;
        },
      },
      {
        command: [join(fixtures, "wrong/roots.json-keys.sh"), await state.fresh()],
        only: ["roots"],
      },
    );
    await prepare();
    const failing = [...tests].filter(([, body]) => {
      try {
        body();
        return false;
      } catch {
        return true;
      }
    });
    expect(failing.map(([name]) => name.split(":")[0])).toEqual(["roots.json-keys"]);
    expect(failing[0]?.[1]).toThrow(/must: the certificates under "others" are not stored\nharm: /);
  });
});
