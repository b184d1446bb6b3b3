import { describe, expect, it } from "vitest";
import { inTurns } from "../../src/getcert/in-turns.ts";

const items = Array.from({ length: 1000 }, (_, index) => index);

describe("questions about each of a thousand requests", () => {
  it("are answered in their order, some of them at once", async () => {
    let underWay = 0;
    let most = 0;
    const results = await inTurns(items, async (item) => {
      most = Math.max(most, ++underWay);
      // The later of two that are asked at once is answered first.
      for (let turn = 0; turn < 10 - (item % 10); turn++) await undefined;
      underWay--;
      return `answer ${item}`;
    });
    expect(results).toEqual(items.map((item) => `answer ${item}`));
    expect(most).toBe(32);
  });

  it("fail when one of them does", async () => {
    const failing = inTurns(items, async (item) => {
      if (item === 500) throw new Error("no answer");
    });
    await expect(failing).rejects.toThrow("no answer");
  });
});
