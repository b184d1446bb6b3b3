import type { Report } from "../report.ts";

/** The report as JSON; `docs/conformance-report.schema.json` is its schema. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
