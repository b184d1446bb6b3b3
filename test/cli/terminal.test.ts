import { describe, expect, it } from "vitest";
import { describeDuration, printable } from "../../src/cli/terminal.ts";

describe("printable", () => {
  it.each([
    ["plain text, ä € 字", "plain text, ä € 字"],
    ["\u001b[2J", "\\x1b[2J"],
    ["a\rb\nc\td", "a\\x0db\\x0ac\\x09d"],
    ["\u009b31m", "\\x9b31m"],
    ["right\u202eleft", "right\\x202eleft"],
  ])("%j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("cuts off what is too long", () => {
    expect(printable("x".repeat(101))).toBe(`${"x".repeat(100)}...`);
    expect(printable("x".repeat(100))).toBe("x".repeat(100));
  });
});

describe("describeDuration", () => {
  it.each([
    [0.4, "0 ms"],
    [45.2, "45 ms"],
    [1234, "1.2 s"],
    [60_000, "60.0 s"],
  ])("%d ms", (ms, text) => {
    expect(describeDuration(ms)).toBe(text);
  });
});
