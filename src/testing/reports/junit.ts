import { groups } from "../checks/check.ts";
import { type CheckResult, type Report, summarize } from "../report.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { endOf, visible } from "./evidence-text.ts";

/**
 * The report as JUnit XML, the dialect that GitLab, Jenkins and GitHub's actions read: a suite for each group, a case
 * for each check. A failed should is no failure there: it passes, and its finding stands in `system-out`.
 */
export function renderJunit(report: Report): string {
  const { results } = report;
  const suites = Object.keys(groups).flatMap((group) => {
    const own = results.filter((result) => result.group === group && result.because !== "not-selected");
    return own.length === 0 ? [] : [suite(group, own, report)];
  });
  const seconds = (report.durationMs / 1000).toFixed(3);
  const name = escapeMarkup(report.command.join(" "));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}" ${counts(results)} time="${seconds}">\n${suites.join("")}</testsuites>\n`;
}

function counts(results: readonly CheckResult[]): string {
  const judged = results.filter(({ because }) => because !== "not-selected");
  const { failedMust, skipped } = summarize(judged);
  return `tests="${judged.length}" failures="${failedMust}" errors="0" skipped="${skipped}"`;
}

function suite(group: string, own: readonly CheckResult[], report: Report): string {
  const cases = own.map((result) => testcase(result)).join("");
  const when = report.startedAt.replace(/\.\d+Z$/, "");
  return `  <testsuite name="${group}" ${counts(own)} timestamp="${when}">\n${cases}  </testsuite>\n`;
}

function testcase(result: CheckResult): string {
  const open = `    <testcase classname="certmonger-helper.${result.group}" name="${escapeMarkup(`${result.id}: ${result.title}`)}"`;
  switch (result.verdict) {
    case "passed":
      return `${open}/>\n`;
    case "skipped":
      return `${open}><skipped message="${escapeMarkup(result.reason ?? "")}"/></testcase>\n`;
    case "failed": {
      const text = escapeMarkup(details(result));
      const finding = escapeMarkup(visible(result.finding ?? ""));
      return result.severity === "must"
        ? `${open}><failure type="must" message="${finding}">${text}</failure></testcase>\n`
        : `${open}><system-out>should: ${finding}\n${text}</system-out></testcase>\n`;
    }
  }
}

function details({ rule, harm, mend, evidence }: CheckResult): string {
  const runs = evidence.map((run) => {
    const output = run.stdout === "" ? "(nothing on stdout)" : visible(run.stdout.slice(0, 2000));
    return `${run.scenario}: ${endOf(run)}\n${output}`;
  });
  return [`rule: ${rule}`, `harm: ${harm}`, `mend: ${mend}`, ...runs].join("\n");
}
