import { describe, expect, it } from "vitest";
import { decodeRoots, encodeRoots, ProtocolError, type Roots, rootsProblems } from "../../protocol/index.ts";
import { intermediate, named, otherRoot, root } from "./samples.ts";

function roots(lists: Partial<Roots>): Roots {
  return { roots: [], otherRoots: [], others: [], ...lists };
}
const oneRoot = roots({ roots: [named("Root")] });
const all = roots({
  roots: [named("Root")],
  otherRoots: [named("Other", otherRoot)],
  others: [named("Chain", intermediate)],
});
const json = (value: unknown) => JSON.stringify(value);

// Each of these was the answer of a helper to certmonger 0.79.17; `stored` is what its CA file held afterwards.
const answers: { name: string; text: string; stored: Roots; problems?: RegExp[] }[] = [
  { name: "one root", text: `Root\n${root}`, stored: oneRoot },
  { name: "no line end at the end", text: `Root\n${root}`.trimEnd(), stored: oneRoot },
  { name: "CRLF", text: `Root\n${root}`.replaceAll("\n", "\r\n"), stored: oneRoot },
  {
    name: "two roots",
    text: `A\n${root}B\n${otherRoot}`,
    stored: roots({ roots: [named("A"), named("B", otherRoot)] }),
  },
  { name: "three lists", text: `Root\n${root}\nOther\n${otherRoot}\nChain\n${intermediate}`, stored: all },
  {
    name: "text after the third list",
    text: `Root\n${root}\nOther\n${otherRoot}\nChain\n${intermediate}\nMore\n${root}`,
    stored: all,
    problems: [/text after the third list/],
  },
  {
    name: "two blank lines, as the documentation says, for an empty middle list",
    text: `Root\n${root}\n\nChain\n${intermediate}`,
    stored: roots({ roots: [named("Root")], otherRoots: [named("Chain", intermediate)] }),
    problems: [/two blank lines count as one/],
  },
  {
    name: "a line end and CRLF between two, which is no blank line",
    text: `A\n${root}\r\nB\n${otherRoot}`,
    stored: roots({ roots: [named("A"), named("B", otherRoot)] }),
  },
  { name: "blank lines after a nickname", text: `Root\n\n\n${root}`, stored: oneRoot },
  {
    name: "an umlaut",
    text: `W\u00fcrzel\n${root}`,
    stored: roots({ roots: [named("W\u00fcrzel")] }),
  },
  {
    name: "an emoji in the text form",
    text: `x\u{1f600}\n${root}`,
    stored: roots({}),
    problems: [/can not read/],
  },
  { name: "no nickname", text: root, stored: roots({}), problems: [/no nickname/] },
  ...["123 Root", "-", "+1", '"My" Root', "true", "nullable", "falsy", " 1", "[] Root", "[1] Root"].map(
    (nickname) => ({
      name: `the nickname ${nickname}`,
      text: `${nickname}\n${root}`,
      stored: roots({}),
      problems: [/like a JSON value/],
    }),
  ),
  { name: "a nickname of blanks", text: ` \n${root}`, stored: roots({}), problems: [/like a JSON value/] },
  ...[
    "{My} Root",
    "[My] Root",
    "[My Root",
    '"My Root',
    ": Root",
    ", Root",
    "} Root",
    " Root",
    "\tRoot",
    "# Root",
  ].map((nickname) => ({
    name: `the nickname ${nickname}`,
    text: `${nickname}\n${root}`,
    stored: roots({ roots: [named(nickname)] }),
  })),
  { name: "a line end first", text: `\nRoot\n${root}`, stored: roots({}), problems: [/line end before/] },
  { name: "nothing", text: "", stored: roots({}), problems: [/empty/] },
  { name: "a line end", text: "\n", stored: roots({}), problems: [/empty/] },
  { name: "a word", text: "abc", stored: roots({}), problems: [/no certificate at line 1/] },
  {
    name: "junk for a certificate",
    text: "Root\njunk\n",
    stored: roots({}),
    problems: [/no certificate at line 2/],
  },
  {
    name: "junk in the first list",
    text: `A\n${root}B\njunk\n`,
    stored: roots({}),
    problems: [/no certificate at line 6/],
  },
  {
    name: "junk in the second list",
    text: `Root\n${root}\nOther\njunk\n`,
    stored: oneRoot,
    problems: [/no certificate at line 7/],
  },
  {
    name: "junk in the third list",
    text: `Root\n${root}\nOther\n${otherRoot}\nChain\njunk`,
    stored: roots({ roots: [named("Root")], otherRoots: [named("Other", otherRoot)] }),
    problems: [/no certificate at line 12/],
  },
  {
    name: "a certificate without an end",
    text: "Root\n-----BEGIN CERTIFICATE-----\nAAAA\n",
    stored: roots({}),
    problems: [/no certificate at line 2/],
  },
  {
    name: "a certificate that is none",
    text: "Root\n-----BEGIN JUNK-----\nabc\n-----END OTHER\n",
    stored: roots({ roots: [named("Root", "-----BEGIN JUNK-----\nabc\n-----END OTHER\n")] }),
    problems: [/not a complete PEM block/],
  },
  {
    name: "a NUL",
    text: `Root\n${root}\0More\n${root}`,
    stored: oneRoot,
    problems: [/after a NUL/],
  },
  {
    name: "one nickname twice",
    text: `Root\n${root}Root\n${otherRoot}`,
    stored: roots({ roots: [named("Root"), named("Root", otherRoot)] }),
    problems: [/a second certificate "Root"/],
  },
  {
    name: "JSON with all three lists",
    text: json({
      roots: [named("Root")],
      "other-roots": [named("Other", otherRoot)],
      other: [named("Chain", intermediate)],
    }),
    stored: all,
  },
  {
    name: "JSON with blanks around it",
    text: ` \n ${json({ roots: [named("Root")] })}  \n`,
    stored: oneRoot,
  },
  {
    name: "JSON with raw line ends",
    text: `{"roots":[{"nickname":"Root","certificate":"${root}"}]}`,
    stored: oneRoot,
  },
  {
    name: "JSON and text after it",
    text: `${json({ roots: [named("Root")] })}\nmore`,
    stored: oneRoot,
    problems: [/text after the JSON object/],
  },
  {
    name: "JSON with others in place of other",
    text: json({ roots: [named("Root")], others: [named("Chain")] }),
    stored: oneRoot,
    problems: [/"others" is ignored/],
  },
  {
    name: "JSON items without a nickname, without a certificate, and not objects",
    text: json({ roots: [{ certificate: root }, { nickname: "x" }, "y", named("Root")] }),
    stored: oneRoot,
    problems: [/item 1 of roots has no nickname/, /item 2 of roots has no certificate/, /item 3/, /item 3/],
  },
  {
    name: "a JSON object for a list",
    text: json({ roots: named("Root") }),
    stored: roots({}),
    problems: [/roots is not an array/],
  },
  {
    name: "a comma too many in JSON",
    text: '{"roots":[1,]}',
    stored: roots({}),
    problems: [/no certificate/],
  },
  { name: "unfinished JSON", text: '{"roots":[', stored: roots({}), problems: [/no certificate/] },
  {
    name: "the same key twice: the last counts",
    text: `{"roots":[],${json({ roots: [named("Root")] }).slice(1)}`,
    stored: oneRoot,
  },
  {
    name: "any character after a backslash",
    text: `{"roots":[{"nickname":"a\\/b\\q\\u00fc","certificate":${json(root)}}]}`,
    stored: roots({ roots: [named("a/bq\u00fc")] }),
  },
  {
    name: "an escape of less than four digits",
    text: `{"roots":[{"nickname":"a\\u12G4b","certificate":${json(root)}}]}`,
    stored: roots({ roots: [named("a\u0012G4b")] }),
  },
  {
    name: "an escaped NUL",
    text: `{"roots":[{"nickname":"a\\u0000b","certificate":${json(root)}}]}`,
    stored: roots({ roots: [named("a")] }),
  },
  {
    name: "an emoji in JSON",
    text: json({ roots: [named("x\u{1f600}")] }),
    stored: roots({}),
    problems: [/no certificate/, /can not read/],
  },
  {
    name: "half of an emoji in JSON",
    text: `{"roots":[{"nickname":"a\\ud83db","certificate":${json(root)}}]}`,
    stored: roots({}),
    problems: [/no certificate/],
  },
  {
    name: "fals for false",
    text: `{"x":[falsy],"roots":[${json(named("Root"))}]}`,
    stored: oneRoot,
    problems: [/"x"/],
  },
];

describe("decodeRoots stores what certmonger stores of", () => {
  it.each(answers)("$name", ({ text, stored }) => {
    expect(decodeRoots(text)).toEqual(stored);
  });
});

describe("rootsProblems names what certmonger makes of", () => {
  it.each(answers)("$name", ({ text, problems = [] }) => {
    expect(rootsProblems(text)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it("a nickname of two lines, which breaks certmonger's own files", () => {
    expect(rootsProblems(json({ roots: [named("a\nb")] }))).toEqual([
      expect.stringMatching(/is not one line/),
    ]);
  });

  it("two certificates under one nickname", () => {
    expect(rootsProblems(json({ roots: [named("a", root + otherRoot)] }))).toEqual([
      expect.stringMatching(/more than one certificate/),
    ]);
  });
});

describe("encodeRoots", () => {
  it("writes the text form for harmless roots, as certmonger's own helpers do", () => {
    expect(encodeRoots(roots({ roots: [named("A"), named("B", otherRoot)] }))).toBe(
      `A\n${root}B\n${otherRoot}`,
    );
  });

  it("writes nothing where there is nothing", () => {
    expect(encodeRoots(roots({}))).toBe("");
  });

  it("writes JSON as soon as there is more than roots", () => {
    const chain = roots({ roots: [named("Root")], others: [named("Chain", intermediate)] });
    expect(JSON.parse(encodeRoots(chain))).toEqual({ roots: chain.roots, other: chain.others });
    expect(JSON.parse(encodeRoots(all))).toEqual({
      roots: all.roots,
      "other-roots": all.otherRoots,
      other: all.others,
    });
  });

  it.each([
    "123 Root",
    "- Root",
    "+",
    '"Root"',
    "true",
    "null",
    "false",
    "falsy",
    "{Root}",
    "[Root]",
    " 1",
    " ",
    "",
  ])("writes JSON for the nickname %j, and it comes back", (nickname) => {
    const answer = roots({ roots: [named(nickname)] });
    expect(encodeRoots(answer)).toMatch(/^\{"roots"/);
    expect(decodeRoots(encodeRoots(answer))).toEqual(answer);
    expect(() => encodeRoots(answer, "text")).toThrow(ProtocolError);
  });

  it("writes either form when told to", () => {
    expect(encodeRoots(oneRoot, "json")).toBe(`${json({ roots: [named("Root")] })}\n`);
    expect(encodeRoots(all, "text")).toBe(`Root\n${root}\nOther\n${otherRoot}\nChain\n${intermediate}`);
  });

  const refused: { name: string; value: Roots; format?: "text" }[] = [
    {
      name: "others without other roots as text",
      value: roots({ roots: [named("R")], others: [named("C")] }),
      format: "text",
    },
    { name: "other roots without roots as text", value: roots({ otherRoots: [named("O")] }), format: "text" },
    { name: "a nickname of two lines", value: roots({ roots: [named("a\nca_is_default=1")] }) },
    { name: "a nickname with a NUL", value: roots({ roots: [named("a\0")] }) },
    { name: "a nickname with an emoji", value: roots({ roots: [named("\u{1f600}")] }) },
    { name: "a certificate that is none", value: roots({ others: [named("a", "junk")] }) },
    { name: "an unfinished certificate", value: roots({ roots: [named("a", root.slice(0, -10))] }) },
    { name: "two certificates under one nickname", value: roots({ roots: [named("a", root + otherRoot)] }) },
  ];
  it.each(refused)("refuses $name", ({ value, format }) => {
    expect(() => encodeRoots(value, format)).toThrow(ProtocolError);
  });
});
