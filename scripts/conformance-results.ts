#!/usr/bin/env node
// node scripts/conformance-results.ts [--check]: judges our helpers, the examples and Debian's helpers, and writes
// docs/conformance-results.md. --check only says whether the page is as it should be. What is not installed keeps the
// section that the page has. --catalogue writes docs/conformance-checks.md instead, and judges nothing.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { renderCatalogue } from "../src/testing/catalogue.ts";
import { type ConformanceOptions, checkConformance, checks, type Report } from "../src/testing/index.ts";
import { explanations } from "./conformance-results/explanations.ts";
import { type Subject, subjects } from "./conformance-results/subjects.ts";

const root = resolve(import.meta.dirname, "..");
const page = join(root, "docs/conformance-results.md");

/** Where the helper keeps its state, in the page. */
const placeholder = "DIRECTORY";

async function judge(subject: Subject): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "conformance-results-"));
  try {
    await subject.prepare?.(directory);
    const [name = "", ...rest] = subject.command.map((word) => word.replaceAll(placeholder, directory));
    const path = name.startsWith("/") ? name : join(root, name);
    const options: Partial<ConformanceOptions> = subject.options ?? {};
    const report = await checkConformance({ ...options, command: [path, ...rest] });
    return section(subject, report);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function section(subject: Subject, report: Report): string {
  const { passed, failedMust, failedShould, skipped } = report.summary;
  const verdict =
    failedMust > 0 ? "not conformant" : failedShould > 0 ? "conformant, with advice" : "conformant";
  return [
    heading(subject),
    "",
    subject.about,
    "",
    "```",
    `certmonger-helper conformance ${[...(subject.flags ?? []), "--", ...subject.command].join(" ")}`,
    "```",
    "",
    `**${verdict}**: ${failedMust} must failed, ${failedShould} should failed, ${passed} passed, ${skipped} not judged.`,
    `The plain request was answered '${report.outcome}'.`,
    ...(report.identity === undefined ? [] : [`IDENTIFY: \`${report.identity}\`.`]),
    ...(report.notSupported.length === 0 ? [] : [`Not supported: ${report.notSupported.join(", ")}.`]),
    "",
    ...findings(subject, report),
  ].join("\n");
}

function findings(subject: Subject, report: Report): string[] {
  const failed = report.results.filter(({ verdict }) => verdict === "failed");
  if (failed.length === 0) return [];
  const rows = failed.map(({ id, severity, finding = "" }) => {
    const explanation = explanations[`${subject.name} ${id}`] ?? explanations[id];
    if (explanation === undefined) throw new Error(`${subject.name}: ${id} has no explanation: ${finding}`);
    return `| \`${id}\` | ${severity} | ${cell(finding)} | ${cell(explanation)} |`;
  });
  return ["| check | | found | explained |", "| --- | --- | --- | --- |", ...rows, ""];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ");
}

function heading({ name }: Subject): string {
  return `## ${name}`;
}

/** The section that the page has now. */
function oldSection(text: string, subject: Subject): string {
  const start = text.indexOf(`${heading(subject)}\n`);
  if (start < 0) return "";
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end < 0 ? undefined : end + 1);
}

const introduction = `# Conformance of known helpers

What \`certmonger-helper conformance\` says about our helpers, the examples and those of Debian's certmonger, and why.
Written by \`node scripts/conformance-results.ts\`; do not edit it by hand. [conformance.md](conformance.md) says what the
harness does.

Every finding against \`local-submit\` is repeated with the real daemon in
\`test/e2e/conformance-local-submit.test.ts\`. Debian's other helpers need a server; without one much of what
they do can not be judged. What can be is below, with the harness's fault server in the server's place.
`;

if (process.argv.includes("--catalogue")) {
  await writeFile(join(root, "docs/conformance-checks.md"), renderCatalogue(checks));
  process.exit();
}
const old = existsSync(page) ? await readFile(page, "utf8") : "";
const sections: string[] = [];
for (const subject of subjects) {
  const [name = ""] = subject.command;
  const isThere = existsSync(name.startsWith("/") ? name : join(root, name));
  process.stderr.write(`${subject.name}${isThere ? "" : ": not here, its section stays as it is"}\n`);
  sections.push(isThere ? await judge(subject) : oldSection(old, subject));
}
const text = `${[introduction, ...sections].map((part) => part.trim()).join("\n\n")}\n`;
if (process.argv.includes("--check")) {
  process.exitCode = text === old ? 0 : 1;
  if (text !== old) process.stderr.write("docs/conformance-results.md is not up to date\n");
} else {
  await writeFile(page, text);
}
