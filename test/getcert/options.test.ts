import { expect, it } from "vitest";
import { type OptionKey, readCommandLine } from "../../src/getcert/options.ts";

const allowed: OptionKey[] = ["id", "ca", "verbose", "requestsOnly", "keySize", "waitTimeout"];

/** As popt reads it; each line was tried with certmonger 0.79.17. */
const lines: { argv: string[]; found: string[] }[] = [
  { argv: ["-i", "web"], found: ["id=web"] },
  { argv: ["-iweb"], found: ["id=web"] },
  { argv: ["-i=web"], found: ["id=web"] },
  { argv: ["--id=web"], found: ["id=web"] },
  { argv: ["--id", "web"], found: ["id=web"] },
  { argv: ["--id="], found: ["id="] },
  { argv: ["-i", "-v"], found: ["id=-v"] },
  { argv: ["-rvc", "Test"], found: ["requestsOnly=", "verbose=", "ca=Test"] },
  { argv: ["-v", "word", "-r"], found: ["verbose=", "word", "requestsOnly="] },
  { argv: ["--", "-v"], found: ["-v"] },
  { argv: ["-"], found: ["-"] },
  { argv: ["-g", "abc"], found: ["keySize=abc"] },
  { argv: ["-i"], found: ["! missing argument for -i"] },
  { argv: ["--id"], found: ["! missing argument for --id"] },
  { argv: ["-Q"], found: ["! unrecognized option -Q"] },
  { argv: ["--i"], found: ["! unrecognized option --i"] },
  { argv: ["--bogus"], found: ["! unrecognized option --bogus"] },
  { argv: ["--wait-timeout", "x"], found: ["! invalid numeric value"] },
  { argv: ["--wait-timeout=-1"], found: ["waitTimeout=-1"] },
];

it.each(lines)("reads $argv as $found", ({ argv, found }) => {
  const items = [...readCommandLine(allowed, argv)].map((item) => {
    if (item.kind === "option") return `${item.given.key}=${item.given.text}`;
    return item.kind === "problem" ? `! ${item.text}` : item.text;
  });
  expect(items).toEqual(found);
});
