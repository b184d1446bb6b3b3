import { writeFile } from "node:fs/promises";
import { splitCommandLine } from "../../protocol/index.ts";
import { removeAbandonedScratchDirectories } from "../process/scratch-directory.ts";
import { groups } from "../testing/checks/check.ts";
import { checks } from "../testing/checks/index.ts";
import { checkConformance } from "../testing/conformance.ts";
import type { Report } from "../testing/report.ts";
import { renderHtml } from "../testing/reports/html.ts";
import { renderJson } from "../testing/reports/json.ts";
import { renderJunit } from "../testing/reports/junit.ts";
import { renderTap } from "../testing/reports/tap.ts";
import { renderTerminal } from "../testing/reports/terminal.ts";
import { SelectionError } from "../testing/selection.ts";
import { defineCommand, UsageError } from "./command.ts";
import { cleanUp } from "./conformance/cleanup.ts";
import { conformanceOptions } from "./conformance/options.ts";
import { type ConformanceValues, NotRunError, optionsToRepeat, planConformance } from "./conformance/plan.ts";
import { ProgressLine } from "./conformance/progress.ts";
import { interruptible } from "./interrupt.ts";

/** `certmonger-helper conformance`: is this helper right? */
export const command = defineCommand({
  name: "conformance",
  usage: "[options] -- HELPER [ARGUMENT...]",
  describe:
    "Judges a helper, whatever it is written in: runs it as certmonger does, some hundred times, and says\n" +
    "which rule of the protocol it breaks, what certmonger would do then, and how to mend it.",
  options: conformanceOptions,
  epilogue: [
    `Groups: ${Object.keys(groups).join(", ")}. With --list every check is listed.`,
    "",
    "Examples:",
    "  certmonger-helper conformance -- ./my-helper --its flags",
    "  certmonger-helper conformance --csr web.csr --expect issued --html report.html -- ./my-helper",
    "  certmonger-helper conformance --server-option --url --server-ca-option --cafile -- ./my-helper",
    "",
    "It orders certificates: point it at a test CA, or say --cleanup.",
    "",
    "Exit code: 0 no must failed; 1 one did; 2 the helper could not be tried.",
  ].join("\n"),
  run: async (values, words) => {
    if (values.list) {
      process.stdout.write(listOfChecks());
      return 0;
    }
    const plan = await planConformance(values, words);
    if (values.cleanup !== undefined) splitCommandLine(values.cleanup);
    const progress = new ProgressLine(process.stderr);
    const certificates: string[] = [];
    removeAbandonedScratchDirectories();
    return await interruptible(async (signal) => {
      try {
        const report = await checkConformance({
          ...plan,
          signal,
          onCheck: (step) => progress.show(step),
          onCertificate: (pem) => certificates.push(pem),
        });
        progress.end();
        await deliver(report, values);
        return report.summary.failedMust > 0 ? 1 : 0;
      } catch (error) {
        if (error instanceof NotRunError || error instanceof SelectionError)
          throw new UsageError(error.message);
        if (!signal.aborted) {
          const message = error instanceof Error ? error.message : String(error);
          process.stderr.write(`certmonger-helper conformance: ${message.split("\n")[0]}\n`);
        }
        return 2;
      } finally {
        progress.end();
        await cleanUpAfter(values.cleanup, certificates);
      }
    });
  },
});

async function deliver(report: Report, values: ConformanceValues): Promise<void> {
  const options = optionsToRepeat(values);
  if (values.html !== undefined) await writeFile(values.html, renderHtml(report, options));
  if (values.junit !== undefined) await writeFile(values.junit, renderJunit(report));
  process.stdout.write(textOf(report, values, options));
}

function textOf(report: Report, values: ConformanceValues, options: readonly string[]): string {
  if (values.json) return renderJson(report);
  if (values.tap) return renderTap(report);
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return renderTerminal(report, { color, full: values.full, options });
}

async function cleanUpAfter(command: string | undefined, certificates: readonly string[]): Promise<void> {
  if (command === undefined || certificates.length === 0) return;
  const problem = await cleanUp(command, certificates);
  if (problem !== undefined) process.stderr.write(`certmonger-helper conformance: --cleanup: ${problem}\n`);
}

function listOfChecks(): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return checks
    .map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(6)}  ${title}\n`)
    .join("");
}
