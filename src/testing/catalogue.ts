import { type Check, groupOf, groups } from "./checks/check.ts";

/** The catalogue of checks as a page of Markdown. */
export function renderCatalogue(checks: readonly Check[]): string {
  const sections = Object.entries(groups).flatMap(([group, title]) => [
    `## ${title}`,
    ...checks.filter(({ id }) => groupOf(id) === group).map(entry),
  ]);
  return `${[introduction, ...sections].join("\n\n")}\n`;
}

const introduction = `# The checks of the conformance harness

What [\`certmonger-helper conformance\`](conformance.md) looks at. This page is written from the catalogue in
\`src/testing/checks/\` by \`node scripts/conformance-results.ts --catalogue\`.`;

function entry({ id, severity, operation, title, rule, harm, tried, mend }: Check): string {
  return [
    `### ${id}`,
    `**${severity}**, ${operation}: ${title}`,
    [`* Rule: ${rule}`, `* Harm: ${harm}`, `* Tried: ${tried}`, `* Mend: ${mend}`].join("\n"),
  ].join("\n\n");
}
