import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** A whole run of the conformance harness on the helper that needs no server. */
export interface ConformanceRun {
  readonly seconds: number;
  /** The sum of the times of the helper's own runs; some of them are at the same time. */
  readonly helperSeconds: number;
  readonly failed: number;
}

export const conformanceBoundSeconds = 30;

export function runConformance(bin: string, stateDirectory: string): ConformanceRun {
  const helper = [join(bin, "self-sign-submit"), "-d", stateDirectory];
  const run = spawnSync(join(bin, "certmonger-helper"), ["conformance", "--json", "--", ...helper], {
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  const report: { durationMs: number; helperMs: number; results: { verdict: string }[] } = JSON.parse(
    run.stdout,
  );
  return {
    seconds: report.durationMs / 1_000,
    helperSeconds: report.helperMs / 1_000,
    failed: report.results.filter(({ verdict }) => verdict === "failed").length,
  };
}

export function describeConformance({ seconds, helperSeconds, failed }: ConformanceRun): string {
  return (
    `All checks of the conformance harness on self-sign-submit: ${seconds.toFixed(1)} s ` +
    `(at most ${conformanceBoundSeconds}), in which its runs took ${helperSeconds.toFixed(1)} s; ${failed} failed.`
  );
}
