// Prints how many tests were left out, if any, then "N passed, N failed" alone on the last line.
//
//   test-totals.mjs STATUS:REPORT...     a step's exit status, and vitest's JSON report if the step made one
//
// A step can fail with no failed test: a lint error, a file that could not be loaded, an error outside of
// every test. It then counts as one failure. Exit status 1 when anything failed. Runs on the machine's own Node.
import { existsSync, readFileSync } from "node:fs";

const nothing = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
const totals = { passed: 0, failed: 0, leftOut: 0 };

for (const step of process.argv.slice(2)) {
  const [, status, file] = /^(\d+):(.*)$/.exec(step);
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : nothing;
  totals.passed += report.numPassedTests;
  totals.failed += Math.max(report.numFailedTests, status === "0" ? 0 : 1);
  totals.leftOut += report.numPendingTests + report.numTodoTests;
}
if (totals.leftOut > 0) {
  console.log(`test: ${totals.leftOut} tests left out; scripts/setup names the packages they need`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 ? 1 : 0;
