import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkNames } from "./project.ts";

/**
 * A certificate request for the training runs: EC P-256, CN=training.example.test. A fixed one, because the
 * same bundle has to give the same cache; its private key was thrown away.
 */
const csr = `-----BEGIN CERTIFICATE REQUEST-----
MIIBDTCBtQIBADAgMR4wHAYDVQQDDBV0cmFpbmluZy5leGFtcGxlLnRlc3QwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAATyAaLJ8hH3sZZaY6qn7l5h6R3NAIBP2+1r
LRlPJTT/z9Cj40HQgJu4sLVx/rLYJevnrmjns+V2xYFg8P9ZEi6VoDMwMQYJKoZI
hvcNAQkOMSQwIjAgBgNVHREEGTAXghV0cmFpbmluZy5leGFtcGxlLnRlc3QwCgYI
KoZIzj0EAwIDRwAwRAIgJjbdsPXGw+gtFp6urtogAzTtj6L6ZeUIgurg+9HnhtAC
IF5LQ9FfCp9Kpw1M6CNfr1U5IDlpqqYBqTXjAe4rumD4
-----END CERTIFICATE REQUEST-----
`;

interface TrainingRun {
  readonly calledAs: string;
  readonly operation: string;
  /** Makes what the later runs find; not itself what happens every day, so it leaves no trace in the cache. */
  readonly isPreparation?: true;
}

/** What a local CA does all its life, and what certmonger asks of every helper. The rest compiles when it is used. */
const trainingRuns: readonly TrainingRun[] = [
  { calledAs: "self-sign-submit", operation: "FETCH-ROOTS", isPreparation: true },
  { calledAs: "self-sign-submit", operation: "SUBMIT" },
  { calledAs: "self-sign-submit", operation: "FETCH-ROOTS" },
  ...linkNames.map((calledAs) => ({ calledAs, operation: "IDENTIFY" })),
];

/**
 * Makes a V8 code cache of the functions that these runs really call.
 *
 * The cache that Node itself puts into a single executable holds the top level of the script only, and every
 * function is compiled again in every process: 6 of 37 ms of a SUBMIT. `--random-seed=1` makes equal bundles
 * give equal caches, and V8 takes the cache without that flag as well. (With `--hash-seed` it would not.)
 *
 * @param node the very Node that will read the cache
 * @param bundlePath the code exactly as the executable will run it
 * @throws {Error} when a run does not end with status 0, or V8 rejects what it made
 */
export function makeCodeCache(node: string, bundlePath: string, workDirectory: string): Buffer {
  const cachePath = join(workDirectory, "code.cache");
  const stateDirectory = join(workDirectory, "state");
  const emptyFiles = { env: join(workDirectory, "empty.env"), config: join(workDirectory, "empty.json") };
  mkdirSync(stateDirectory, { mode: 0o700 });
  writeFileSync(emptyFiles.env, "");
  writeFileSync(emptyFiles.config, "{}");

  const files = ["--env-file", emptyFiles.env, "--config", emptyFiles.config];
  for (const { calledAs, operation, isPreparation } of trainingRuns) {
    const settings = calledAs === "self-sign-submit" ? ["-d", stateDirectory, ...files] : files;
    const cache = isPreparation ? join(workDirectory, "unused.cache") : cachePath;
    const run = spawnSync(
      node,
      ["--random-seed=1", join(import.meta.dirname, "train.cjs"), bundlePath, cache, calledAs, ...settings],
      { env: { CERTMONGER_OPERATION: operation, CERTMONGER_CSR: csr }, encoding: "utf8" },
    );
    if (run.status !== 0 || !existsSync(cache)) {
      throw new Error(
        `training run ${calledAs} ${operation} ended with ${run.status}: ${run.stdout}${run.stderr}`,
      );
    }
  }
  return readFileSync(cachePath);
}
