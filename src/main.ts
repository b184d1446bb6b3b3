#!/usr/bin/env node
import { basename } from "node:path";
import type { Helper } from "./sdk/helper.ts";

/** The helpers in this executable. Only the one that was called is loaded. */
const helpers = new Map<string, () => Promise<{ helper: Helper }>>([
  ["ipa-submit", () => import("../helpers/ipa/helper.ts")],
  ["self-sign-submit", () => import("../helpers/self-sign/helper.ts")],
]);

/** One executable with several names, told apart by the name it was called by. */
async function main(): Promise<void> {
  const calledAs = basename(process.argv[1] ?? "");
  const load = helpers.get(calledAs) ?? helpers.get(process.argv[2] ?? "");
  if (load !== undefined) {
    if (!helpers.has(calledAs)) process.argv.splice(2, 1);
    const [{ runHelper }, { helper }] = await Promise.all([import("./sdk/run-helper.ts"), load()]);
    await runHelper(helper);
    return;
  }
  const { runCli } = await import("./cli.ts");
  process.exitCode = await runCli(process.argv.slice(2));
}

void main();
