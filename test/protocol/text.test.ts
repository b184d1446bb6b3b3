import { describe, expect, it } from "vitest";
import { shorten } from "../../protocol/index.ts";

describe("shorten", () => {
  it.each([
    { name: "leaves what is short enough", text: "abc", short: "abc" },
    { name: "says how long the rest was", text: "abcd", short: "abc… (4 characters)" },
    { name: "cuts no character in two", text: "ab😀", short: "ab… (4 characters)" },
  ])("$name", ({ text, short }) => {
    expect(shorten(text, 3)).toBe(short);
  });
});
