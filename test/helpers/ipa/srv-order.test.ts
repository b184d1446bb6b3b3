import { expect, it } from "vitest";
import { inSrvOrder } from "../../../helpers/ipa/srv-order.ts";

const record = (name: string, priority: number, weight: number) => ({ name, port: 389, priority, weight });
const names = (random: () => number, ...records: ReturnType<typeof record>[]) =>
  inSrvOrder(records, random).map(({ name }) => name);

it("asks smaller priorities first", () => {
  expect(names(() => 0.5, record("c", 20, 0), record("a", 0, 0), record("b", 10, 0))).toEqual([
    "a",
    "b",
    "c",
  ]);
});

it("draws among equals by weight", () => {
  const records = [record("heavy", 0, 90), record("light", 0, 10)];
  expect(names(() => 0.5, ...records)).toEqual(["heavy", "light"]);
  expect(names(() => 0.99, ...records)).toEqual(["light", "heavy"]);
});

it("lets a weight of 0 be first only at the very bottom of the chances", () => {
  const records = [record("some", 0, 100), record("none", 0, 0)];
  expect(names(() => 0, ...records)).toEqual(["none", "some"]);
  expect(names(() => 0.01, ...records)).toEqual(["some", "none"]);
});

it("draws each once, in shares that fit the weights", () => {
  const firsts = new Map<string, number>();
  for (let round = 0; round < 1_000; round++) {
    const drawn = names(() => (round + 0.5) / 1_000, record("a", 0, 60), record("b", 0, 40));
    expect([...drawn].sort()).toEqual(["a", "b"]);
    firsts.set(drawn[0] ?? "", (firsts.get(drawn[0] ?? "") ?? 0) + 1);
  }
  expect(Math.abs((firsts.get("a") ?? 0) - 600)).toBeLessThan(20);
});

it("gives nothing for nothing", () => {
  expect(inSrvOrder([])).toEqual([]);
});
