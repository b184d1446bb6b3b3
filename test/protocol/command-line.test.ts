import { describe, expect, it } from "vitest";
import { ProtocolError, quoteCommandLine, splitCommandLine } from "../../protocol/index.ts";

describe("splitCommandLine", () => {
  it.each([
    { text: "a b  c", words: ["a", "b", "c"] },
    { text: "\ta\r\nb ", words: ["a", "b"] },
    { text: "a 'b c' d", words: ["a", "b c", "d"] },
    { text: 'a "b c" d', words: ["a", "b c", "d"] },
    { text: 'a b"c d"e', words: ["a", "bc de"] },
    { text: "a 'b\\c'", words: ["a", "b\\c"] },
    { text: 'a "b\\c"', words: ["a", "b\\c"] },
    { text: 'a \\"x d', words: ["a", '"x', "d"] },
    { text: "a \\'x \\\\y", words: ["a", "'x", "\\y"] },
    { text: "a \"it's\" '\"'", words: ["a", "it's", '"'] },
    { text: 'a "" b', words: ["a", "b"] },
    { text: "a;b|c >d $HOME * A=1 b", words: ["a;b|c", ">d", "$HOME", "*", "A=1", "b"] },
    { text: "a\\ b \\c d", words: ["a b \\c", "d"] },
    { text: "a\0 b", words: ["a"] },
    { text: "", words: [] },
    { text: "  ", words: [] },
  ])("splits $text into $words", ({ text, words }) => {
    expect(splitCommandLine(text)).toEqual(words);
  });

  it.each([
    { text: 'a "b', error: 'Unmatched "' },
    { text: 'a "b\\"c"', error: 'Unmatched "' },
    { text: "a 'b", error: "Unmatched '" },
    { text: "a b\\ c", error: "Attempt to escape end-of-command" },
    { text: "a b\\n", error: "Attempt to escape end-of-command" },
    { text: "a \\", error: "Attempt to escape end-of-command" },
  ])("refuses $text in certmonger's words", ({ text, error }) => {
    expect(() => splitCommandLine(text)).toThrow(new ProtocolError(error));
  });
});

describe("quoteCommandLine", () => {
  it.each([
    {
      words: ["/usr/bin/x", "--url=https://ca.example.test/", "-T", "web"],
      text: "/usr/bin/x --url=https://ca.example.test/ -T web",
    },
    { words: ["a b", "$c"], text: "'a b' '$c'" },
    { words: ["it's"], text: '"it\'s"' },
    { words: ['it\'s "so"'], text: `'it'"'"'s "so"'` },
    { words: ["a\\"], text: "'a\\'" },
  ])("writes $text", ({ words, text }) => {
    expect(quoteCommandLine(words)).toBe(text);
    expect(splitCommandLine(text)).toEqual(words);
  });

  it.each(["", "a\0b"])("can not pass the argument %j", (word) => {
    expect(() => quoteCommandLine(["x", word])).toThrow(ProtocolError);
  });
});
