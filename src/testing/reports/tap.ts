import type { CheckResult, Report } from "../report.ts";
import { endOf, visible } from "./evidence-text.ts";

/**
 * The report as TAP 14. A check that was not judged is `ok # SKIP`; a failed should is `not ok # TODO`, which a TAP
 * reader does not count as a failure.
 */
export function renderTap(report: Report): string {
  const results = report.results.filter(({ because }) => because !== "not-selected");
  const lines = results.flatMap((result, index) => testPoint(result, index + 1));
  return ["TAP version 14", `1..${results.length}`, ...lines, ""].join("\n");
}

function testPoint(result: CheckResult, number: number): string[] {
  const name = `${number} - ${result.id}: ${escapeTap(result.title)}`;
  switch (result.verdict) {
    case "passed":
      return [`ok ${name}`];
    case "skipped":
      return [`ok ${name} # SKIP ${escapeTap(result.reason ?? "")}`];
    case "failed":
      return [
        `not ok ${name}${result.severity === "should" ? " # TODO should" : ""}`,
        ...diagnostics(result),
      ];
  }
}

/** YAML; JSON strings are YAML strings. */
function diagnostics({ severity, finding, harm, mend, evidence }: CheckResult): string[] {
  const yaml = (name: string, value: string): string => `  ${name}: ${JSON.stringify(visible(value))}`;
  const runs = evidence.map((run) => `    - ${JSON.stringify(`${run.scenario}: ${endOf(run)}`)}`);
  return [
    "  ---",
    yaml("severity", severity),
    yaml("found", finding ?? ""),
    yaml("harm", harm),
    yaml("mend", mend),
    ...(runs.length > 0 ? ["  runs:", ...runs] : []),
    "  ...",
  ];
}

function escapeTap(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replaceAll("#", "\\#");
}
