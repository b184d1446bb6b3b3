import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type TrainingRun, trainings } from "./training-runs.ts";

const runFile = promisify(execFile);

/** What certmonger asks of every helper. */
const everyHelper: TrainingRun = { environment: { CERTMONGER_OPERATION: "IDENTIFY" } };

/**
 * Makes a V8 code cache of the functions that a helper's training runs really call.
 *
 * The cache that Node itself puts into a single executable holds the top level of the script only, and every
 * function is compiled again in every process: 6 of 37 ms of a SUBMIT. `--random-seed=1` makes equal bundles
 * give equal caches, and V8 takes the cache without that flag as well. (With `--hash-seed` it would not.)
 *
 * @param calledAs the helper's name; the file of this name in `workDirectory` is its code, exactly as the executable
 *   will run it
 * @param node the very Node that will read the cache
 * @throws {Error} when a run does not end with status 0, or V8 rejects what it made
 */
export async function makeCodeCache(calledAs: string, node: string, workDirectory: string): Promise<Buffer> {
  const bundlePath = join(workDirectory, calledAs);
  const cachePath = join(workDirectory, `${calledAs}.trained`);
  const emptyFiles = { env: join(workDirectory, "empty.env"), config: join(workDirectory, "empty.json") };
  writeFileSync(emptyFiles.env, "");
  writeFileSync(emptyFiles.config, "{}");

  const files = ["--environment-file", emptyFiles.env, "--config", emptyFiles.config];
  const training = await trainings[calledAs]?.(workDirectory);
  try {
    for (const { words = [], environment, isPreparation } of [...(training?.runs ?? []), everyHelper]) {
      const cache = isPreparation ? join(workDirectory, "unused.cache") : cachePath;
      const train = ["--random-seed=1", join(import.meta.dirname, "train.cjs"), bundlePath, cache];
      // Not waited for by the system: what the run talks to may be in this process.
      await runFile(node, [...train, calledAs, ...words, ...files], { env: { ...environment } });
      if (!existsSync(cache)) throw new Error(`training run ${calledAs} ${words.join(" ")} left no cache`);
    }
  } finally {
    await training?.end?.();
  }
  return readFileSync(cachePath);
}
