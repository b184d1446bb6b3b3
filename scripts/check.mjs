#!/usr/bin/env node
// npm run check: format and lint, types, unit tests; each of them, also when one before it found something.
// Arguments are for vitest.
import { spawnSync } from "node:child_process";

const steps = [
  { name: "format and lint", command: ["biome", "check", "."] },
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "unit tests", command: ["vitest", "run", "--project", "unit", ...process.argv.slice(2)] },
];

// npm puts node_modules/.bin first on the PATH.
const failed = steps.filter(({ command: [program, ...args] }) => {
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error !== undefined) console.error(`check: ${error.message}`);
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`check: FAILED: ${failed.map(({ name }) => name).join(", ")}`);
  process.exitCode = 1;
}
