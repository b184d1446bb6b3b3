import { describe, expect, it } from "vitest";
import {
  cookieAfterSaving,
  decodeInvocation,
  decodeLine,
  decodeList,
  decodeReply,
  decodeRequirements,
  decodeRoots,
  decodeScepCertificates,
  ExitStatus,
  firstLine,
  isCompletePem,
  isSafeCookie,
  oneLine,
  ProtocolError,
  parseOperation,
  rootsProblems,
  splitCommandLine,
  splitPem,
} from "../../protocol/index.ts";
import { recordings } from "./recordings.ts";
import { leaf, named, root } from "./samples.ts";

/** How many inputs each decoder gets; `scripts/test` asks for a million. */
const runs = Number(process.env.CERTMONGER_HELPER_FUZZ_RUNS ?? 50_000);
const seed = Number(process.env.CERTMONGER_HELPER_FUZZ_SEED ?? 20_000);

/** Everything that reads text from the other side. Each may refuse with a ProtocolError, and do nothing else. */
const decoders: Readonly<Record<string, (text: string) => unknown>> = {
  decodeInvocation: (text) =>
    decodeInvocation({
      CERTMONGER_OPERATION: text,
      CERTMONGER_CSR: text,
      CERTMONGER_REQ_HOSTNAME: text,
      CERTMONGER_CA_COOKIE: text,
    }),
  parseOperation,
  ...Object.fromEntries(
    Object.entries(ExitStatus).flatMap(([name, exitStatus]) => [
      [`decodeReply to SUBMIT, ${name}`, (stdout: string) => decodeReply("SUBMIT", { exitStatus, stdout })],
      [
        `decodeReply to FETCH-ROOTS, ${name}`,
        (stdout: string) => decodeReply("FETCH-ROOTS", { exitStatus, stdout }),
      ],
    ]),
  ),
  decodeRoots,
  rootsProblems,
  decodeList,
  decodeRequirements,
  decodeLine,
  decodeScepCertificates,
  splitPem,
  isCompletePem,
  cookieAfterSaving,
  isSafeCookie,
  splitCommandLine,
  firstLine,
  oneLine,
};

/** Real replies and values, and what the rules turn on. */
const corpus: readonly string[] = [
  ...recordings.flatMap(({ environment, reply }) => [reply.stdout, ...Object.values(environment)]),
  JSON.stringify({ certificate: leaf, chain: [named("a")], roots: [named("b")] }),
  JSON.stringify({ roots: [named("a")], "other-roots": [named("b")], other: [named("c")] }),
  `Root\n${root}\nOther\n${root}\n\nChain\n${root}`,
  "300\norder-7\n",
  "first\nsecond\r\nthird",
  `'/usr/bin/helper' --name "a b" \\"c`,
].map((text) => text.slice(0, 1500));

const pieces: readonly string[] = [
  ..."\0\n\r\t \\\"',:{}[]0-+x\u00e9\ud83d\u{1f600}",
  "\n\n",
  "\r\n",
  "-----",
  "-----BEGIN ",
  "-----BEGIN CERTIFICATE-----\n",
  "-----END CERTIFICATE-----\n",
  "-----END ",
  "null",
  "fals",
  "\\u00",
  '{"roots":[',
  '"nickname":"',
  '"certificate":"',
  "99999999999999999999",
  "AAAA",
];

/** Mulberry32: a small generator with a seed, so that a failure can be run again. */
function generator(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

type Random = (below: number) => number;

function pick(random: Random, from: readonly string[]): string {
  return from[random(from.length)] ?? "";
}

/** Every other input is random pieces in a row; the rest is a real one, cut, doubled and mixed with pieces. */
function input(random: Random): string {
  if (random(2) === 0) return Array.from({ length: random(12) }, () => pick(random, pieces)).join("");
  let text = pick(random, corpus);
  for (let changes = random(4); changes >= 0; changes--) {
    const at = random(text.length + 1);
    const to = Math.min(text.length, at + random(random(4) === 0 ? text.length + 1 : 4));
    const middle =
      [pick(random, pieces), text.slice(at, to).repeat(2), "", pick(random, corpus)][random(4)] ?? "";
    text = (text.slice(0, at) + middle + text.slice(to)).slice(0, 6000);
  }
  return text;
}

describe("decoders", () => {
  it(`throw nothing but ProtocolError on ${runs} random and mutated inputs`, () => {
    const random = generator(seed);
    let refused = 0;
    for (let run = 0; run < runs; run++) {
      const text = input(random);
      for (const [name, decode] of Object.entries(decoders)) {
        try {
          decode(text);
        } catch (error) {
          refused++;
          if (!(error instanceof ProtocolError)) {
            throw new Error(`${name}, run ${run} of seed ${seed}: ${JSON.stringify(text)}`, {
              cause: error,
            });
          }
        }
      }
    }
    expect(refused, "inputs are too tame to be refused").toBeGreaterThan(runs);
  }, 600_000);

  it.each(Object.entries(decoders))(
    "%s takes time in proportion to its input",
    (_, decode) => {
      for (const [name, grow] of Object.entries(adversaries)) {
        const small = fastest(decode, grow(size));
        const large = fastest(decode, grow(size * 8));
        // Quadratic would be 64 times; what takes next to no time proves nothing.
        if (large > 25) expect(large / small, `${name}: ${small} ms, then ${large} ms`).toBeLessThan(28);
      }
    },
    120_000,
  );
});

/** Characters of the smaller input: enough for quadratic time to be seconds on the larger. */
const size = 24_000;

function repeat(piece: string): (length: number) => string {
  return (length) => piece.repeat(Math.ceil(length / piece.length));
}

/** Inputs that a careless reader reads again and again. */
const adversaries: Readonly<Record<string, (length: number) => string>> = {
  "line ends": repeat("\n"),
  "CRLF line ends": repeat("\r\n"),
  blanks: repeat(" "),
  "blanks before a word": (length) => `${" ".repeat(length)}x`,
  digits: repeat("9"),
  zeros: repeat("0"),
  "line ends before digits": (length) => `${"\n".repeat(length)}7\nc`,
  commas: repeat(","),
  items: repeat("a,"),
  "opening lines": repeat("-----BEGIN CERTIFICATE-----\n"),
  "opening words": repeat("-----BEGIN "),
  "closing lines": repeat("-----END CERTIFICATE-----\n"),
  "closing words": repeat("-----END"),
  dashes: repeat("-"),
  "dashes in dashes": repeat("-----BEGIN -----"),
  "blocks that do not match": repeat("-----BEGIN A-----\nAAAA\n-----END B-----\n"),
  blocks: repeat(leaf),
  "a block of blanks": (length) =>
    `-----BEGIN CERTIFICATE-----\n${" ".repeat(length)}\n-----END CERTIFICATE-----\n`,
  "a long block": (length) =>
    `-----BEGIN CERTIFICATE-----\n${"A".repeat(length)}\n-----END CERTIFICATE-----\n`,
  "nicknames and certificates": repeat(`Root\n${root}`),
  nicknames: repeat("Root\n"),
  "open objects": repeat("{"),
  "open arrays": repeat("["),
  "nested objects": repeat('{"a":'),
  "JSON items": (length) => `[${"1,".repeat(length / 2)}1]`,
  "JSON strings": (length) => `["${'a","'.repeat(length / 4)}"]`,
  "JSON keys": (length) => `{"a":0${',"a":0'.repeat(length / 6)}}`,
  "JSON roots": (length) =>
    JSON.stringify({ roots: Array.from({ length: length / 200 }, () => ({ ...named("a"), extra: "x" })) }),
  "an open string": (length) => `{"certificate":"${"a".repeat(length)}`,
  escapes: (length) => `"${"\\n".repeat(length / 2)}`,
  backslashes: repeat("\\"),
  "escaped blanks": repeat("\\ "),
  quotes: repeat("'"),
  "control characters": repeat("\u0001"),
  "control characters and blanks": repeat(" \u0001 "),
  NULs: repeat("\0"),
  "one character of two halves": repeat("\u{1f600}"),
};

/** Milliseconds of the fastest of three runs. */
function fastest(decode: (text: string) => unknown, text: string): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    try {
      decode(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    return performance.now() - start;
  });
  return Math.min(...times);
}
