import { parseArgs } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFlags } from "../../src/sdk/flags.ts";
import type { OptionTable } from "../../src/sdk/option-table.ts";

const table = {
  pinFile: { type: "string", alias: ["p", "P"], describe: "" },
  host: { type: "array", alias: "h", describe: "" },
  verbose: { type: "count", alias: "v", describe: "" },
  force: { type: "boolean", describe: "" },
  // Authors write what they like.
  "kebab-case-2": { type: "string", describe: "" },
  snake_case: { type: "string", describe: "" },
} as const satisfies OptionTable;

const flawless = [
  { argv: ["--pin-file", "a"], words: { pinFile: ["a"] } },
  { argv: ["--pin-file=a"], words: { pinFile: ["a"] } },
  { argv: ["--pin-file="], words: { pinFile: [""] } },
  { argv: ["-pa"], words: { pinFile: ["a"] } },
  { argv: ["-P", "a"], words: { pinFile: ["a"] } },
  { argv: ["-vv", "-v"], words: { verbose: ["true", "true", "true"] } },
  { argv: ["-vp", "a"], words: { verbose: ["true"], pinFile: ["a"] } },
  { argv: ["-h", "one", "--host", "two"], words: { host: ["one", "two"] } },
  { argv: ["--force"], words: { force: ["true"] } },
  { argv: ["--no-force"], words: { force: ["false"] } },
  { argv: ["request.pem", "--force"], words: { force: ["true"] }, positionals: ["request.pem"] },
  { argv: ["--", "--force"], words: {}, positionals: ["--force"] },
  { argv: ["--kebab-case-2", "a", "--snake_case", "b"], words: { "kebab-case-2": ["a"], snake_case: ["b"] } },
  { argv: ["--pin-file=-x"], words: { pinFile: ["-x"] } },
  { argv: ["--pin-file", "-"], words: { pinFile: ["-"] } },
];

describe("flags without a fault", () => {
  it.each(flawless)("$argv", ({ argv, words, positionals = [] }) => {
    const flags = parseFlags(table, argv);
    expect(flags.problems).toEqual([]);
    expect(Object.fromEntries(flags.words)).toEqual(words);
    expect(flags.positionals).toEqual(positionals);
  });
});

const faulty = [
  { argv: ["--nope"], problem: "--nope is not an option (see --help)" },
  { argv: ["-z"], problem: "-z is not an option (see --help)" },
  { argv: ["--no-pin-file"], problem: "--no-pin-file is not an option (see --help)" },
  { argv: ["--pin-file"], problem: "--pin-file needs a value" },
  { argv: ["--force=maybe"], problem: "--force takes no value" },
  {
    argv: ["--pin-file", "--force"],
    problem: '--pin-file needs a value ("--force" looks like an option; write it with "=" if it is meant)',
  },
];

describe("faulty flags are named, one problem each", () => {
  it.each(faulty)("$argv", ({ argv, problem }) => {
    expect(parseFlags(table, argv).problems).toEqual([problem]);
  });

  it("reports all of them", () => {
    expect(parseFlags(table, ["--nope", "-z", "--force=1"]).problems).toHaveLength(3);
  });
});

describe("the reader and node:util parseArgs", () => {
  const options = {
    "pin-file": { type: "string", short: "p", multiple: true },
    host: { type: "string", short: "h", multiple: true },
    verbose: { type: "boolean", short: "v", multiple: true },
    force: { type: "boolean", multiple: true },
  } as const;
  const word = fc.constantFrom("a", "-", "--", "", "x=y", "request.pem");
  const flag = fc.constantFrom(
    "--pin-file",
    "--pin-file=b",
    "-p",
    "-pc",
    "-vv",
    "-vpd",
    "--no-force",
    "--force",
    "-h",
  );

  it("understand every command line alike that parseArgs takes strictly", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, flag), { maxLength: 6 }), (argv) => {
        let expected: ReturnType<typeof strictly>;
        try {
          expected = strictly(argv);
        } catch {
          return;
        }
        const { words, positionals, problems } = parseFlags(table, argv);
        expect(problems).toEqual([]);
        expect(positionals).toEqual(expected.positionals);
        expect(words.get("pinFile") ?? []).toEqual(expected.values["pin-file"] ?? []);
        expect(words.get("host") ?? []).toEqual(expected.values.host ?? []);
        expect(words.get("verbose") ?? []).toEqual((expected.values.verbose ?? []).map(String));
        expect(words.get("force") ?? []).toEqual((expected.values.force ?? []).map(String));
      }),
      { numRuns: 2_000 },
    );
  });

  function strictly(argv: string[]) {
    return parseArgs({ args: argv, options, allowPositionals: true, allowNegative: true });
  }
});
