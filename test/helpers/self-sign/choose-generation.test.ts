import { expect, it } from "vitest";
import { chooseGeneration } from "../../../helpers/self-sign/choose-generation.ts";

/** A CA that lives from the start of one year to the start of another. */
const ca = (name: string, from: number, to: number) => ({
  name,
  certificate: {
    notBefore: new Date(`${from}-01-01T00:00:00Z`),
    notAfter: new Date(`${to}-01-01T00:00:00Z`),
  },
});

const first = ca("first", 2020, 2030);
const second = ca("second", 2025, 2035);
const fromTheFuture = ca("from the future", 2090, 2100);

const cases = [
  { name: "a CA is made where there is none", generations: [], now: "2024-06-01", action: "make" },
  { name: "a young CA is used", generations: [first], now: "2024-12-31", action: "use", which: "first" },
  {
    name: "half way through, the next is made and the old one still works",
    generations: [first],
    now: "2025-01-02",
    action: "make",
    which: "first",
  },
  {
    name: "the newest of two is used",
    generations: [first, second],
    now: "2026-01-01",
    action: "use",
    which: "second",
  },
  {
    name: "a CA that is over is followed by a new one",
    generations: [first],
    now: "2031-01-01",
    action: "make",
  },
  { name: "a CA ends at its last moment", generations: [first], now: "2030-01-01", action: "make" },
  {
    name: "a CA begins at its first moment",
    generations: [first],
    now: "2020-01-01",
    action: "use",
    which: "first",
  },
  {
    name: "a clock before the first CA is waited for",
    generations: [first, second],
    now: "2019-12-31",
    action: "wait-for-clock",
  },
  {
    name: "a CA made while the clock was wrong is passed over",
    generations: [first, fromTheFuture],
    now: "2024-01-01",
    action: "use",
    which: "first",
  },
  {
    name: "a CA made while the clock was wrong does not keep the next from being made",
    generations: [first, fromTheFuture],
    now: "2031-01-01",
    action: "make",
  },
];

it.each(cases)("$name", ({ generations, now, action, which }) => {
  const choice = chooseGeneration(generations, new Date(now));
  expect(choice.action).toBe(action);
  const chosen =
    choice.action === "use" ? choice.generation : choice.action === "make" ? choice.meanwhile : undefined;
  expect(chosen?.name).toBe(which);
});

it("the first moment of all is what the clock has to reach", () => {
  expect(chooseGeneration([second, first], new Date("2001-01-01"))).toEqual({
    action: "wait-for-clock",
    begins: first.certificate.notBefore,
  });
});
