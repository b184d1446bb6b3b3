import { checks } from "./checks/index.ts";
import { type ConformanceOptions, checkConformance } from "./conformance.ts";
import type { CheckResult, Report } from "./report.ts";
import { endOf } from "./reports/evidence-text.ts";
import { select } from "./selection.ts";

/** What a test runner has: vitest's functions fit, and so do Jest's and those of `node:test`. */
export interface SuiteHooks {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => void) => void;
  readonly beforeAll: (body: () => Promise<void>, timeoutMs?: number) => void;
}

export interface SuiteOptions extends Omit<ConformanceOptions, "command"> {
  /** The helper and its arguments, or a function that finds them once the other hooks have run. */
  readonly command: readonly string[] | (() => readonly string[] | Promise<readonly string[]>);
  /** Whether a failed should fails its test; default true. */
  readonly strict?: boolean;
  /** The longest that the whole trial may take, in milliseconds; default five minutes. */
  readonly suiteTimeoutMs?: number;
}

/**
 * Makes a suite with one test for each check: the helper is tried once, before all of them.
 *
 * ```ts
 * import { beforeAll, describe, it } from "vitest";
 * conformanceSuite({ describe, it, beforeAll }, { command: ["./my-helper"] });
 * ```
 */
export function conformanceSuite(hooks: SuiteHooks, options: SuiteOptions): void {
  const { command, strict = true, suiteTimeoutMs = 5 * 60 * 1000, ...rest } = options;
  hooks.describe("conformance", () => {
    let report: Report | undefined;
    hooks.beforeAll(async () => {
      const words = typeof command === "function" ? await command() : command;
      report = await checkConformance({ ...rest, command: words });
    }, suiteTimeoutMs);
    for (const { id, title } of select(checks, options.only ?? [], options.skip ?? [])) {
      hooks.it(`${id}: ${title}`, () => {
        const result = report?.results.find((other) => other.id === id);
        if (result?.verdict !== "failed" || (result.severity === "should" && !strict)) return;
        throw new Error(failureText(result));
      });
    }
  });
}

function failureText({ severity, finding, harm, mend, evidence }: CheckResult): string {
  const runs = evidence.map((run) => `${run.scenario}: ${endOf(run)}\n${run.stdout.slice(0, 1000)}`);
  return [`${severity}: ${finding}`, `harm: ${harm}`, `mend: ${mend}`, ...runs].join("\n");
}
