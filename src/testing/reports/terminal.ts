import { styleText } from "node:util";
import { groups } from "../checks/check.ts";
import { type CheckResult, type Evidence, failuresFirst, type Report } from "../report.ts";
import { againCommand, endOf, environmentLines, outputLines } from "./evidence-text.ts";

export interface TerminalOptions {
  readonly color: boolean;
  /** Values and outputs at full length. */
  readonly full: boolean;
  /** The options of this run, to be repeated in the command that runs a check again. */
  readonly options: readonly string[];
}

type Style = Parameters<typeof styleText>[0];

/** The report for a person at a terminal: failures first, then each group in a line, then the sum. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const paint = (style: Style, text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const failures = failuresFirst(report.results).map((result) => failure(result, report, options, paint));
  return [
    ...failures,
    ...groupLines(report, paint),
    ...notSupportedLines(report),
    "",
    sumLine(report, paint),
    "",
  ].join("\n");
}

type Paint = (style: Style, text: string) => string;

function failure(result: CheckResult, report: Report, options: TerminalOptions, paint: Paint): string {
  const badge =
    result.severity === "must" ? paint(["bold", "red"], "MUST") : paint(["bold", "yellow"], "SHOULD");
  return [
    `${badge} ${paint("bold", result.id)}: ${result.title}`,
    `  found: ${result.finding}`,
    `  rule:  ${result.rule}`,
    `  harm:  ${result.harm}`,
    `  mend:  ${result.mend}`,
    ...result.evidence.flatMap((run) => evidence(run, options, paint)),
    `  again: ${paint("cyan", againCommand(result.id, report.command, options.options))}`,
    "",
  ].join("\n");
}

function evidence(run: Evidence, { full }: TerminalOptions, paint: Paint): string[] {
  const dim = (text: string): string => paint("dim", text);
  const block = (name: string, text: string): string[] => {
    if (text === "") return [dim(`    ${name}: nothing`)];
    return [dim(`    ${name}:`), ...outputLines(text, full).map((line) => `      ${dim("|")} ${line}`)];
  };
  return [
    `  ${paint("bold", run.scenario)}: ${endOf(run)} after ${run.durationMs} ms`,
    dim("    environment:"),
    ...environmentLines(run, full).map((line) => dim(`      ${line.replaceAll("\n", "\n      ")}`)),
    ...block("stdout", run.stdout),
    ...(run.stderr === "" ? [] : block("stderr", run.stderr)),
  ];
}

function groupLines({ results }: Report, paint: Paint): string[] {
  return Object.entries(groups).flatMap(([group, title]) => {
    const own = results.filter((result) => result.group === group && result.because !== "not-selected");
    if (own.length === 0) return [];
    const count = (verdict: string): number => own.filter((result) => result.verdict === verdict).length;
    const failed = count("failed");
    const judged = count("passed") + failed;
    const mark = failed > 0 ? paint("red", "✗") : judged > 0 ? paint("green", "✓") : paint("dim", "-");
    const skipped = count("skipped");
    const parts = [
      `${count("passed")} passed`,
      ...(failed > 0 ? [paint("red", `${failed} failed`)] : []),
      ...(skipped > 0 ? [paint("dim", `${skipped} not judged`)] : []),
    ];
    return [`${mark} ${title.padEnd(18)} ${parts.join(", ")}`];
  });
}

function notSupportedLines({ notSupported }: Report): string[] {
  return notSupported.length === 0 ? [] : ["", `not supported: ${notSupported.join(", ")}`];
}

function sumLine(report: Report, paint: Paint): string {
  const { passed, failedMust, failedShould, skipped } = report.summary;
  const verdict =
    failedMust > 0
      ? paint(["bold", "red"], "not conformant")
      : passed + failedShould === 0
        ? paint(["bold", "yellow"], "nothing could be judged")
        : paint(["bold", "green"], failedShould > 0 ? "conformant, with advice" : "conformant");
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const scope = report.summary.notSelected > 0 ? " in the selected checks" : "";
  const name = report.identity === undefined ? "" : ` (${report.identity})`;
  return [
    `${report.command.join(" ")}${name}: ${verdict}${scope}`,
    `${failedMust} must failed, ${failedShould} should failed, ${passed} passed, ${skipped} not judged; ${report.runs} runs in ${seconds(report.durationMs)}, the helper's own time ${seconds(report.helperMs)}`,
  ].join("\n");
}
