import { groups } from "../checks/check.ts";
import { type CheckResult, type Evidence, failuresFirst, type Report } from "../report.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { againCommand, endOf, environmentLines, visible } from "./evidence-text.ts";
import { style } from "./html-style.ts";

/** The report as one page that needs nothing else: no script, no network, light or dark as the reader's system is. */
export function renderHtml(report: Report, options: readonly string[] = []): string {
  const name = report.identity ?? report.command[0] ?? "helper";
  const failures = failuresFirst(report.results);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Conformance of ${escapeMarkup(name)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="kicker">certmonger helper conformance</p>
<h1>${escapeMarkup(name)}</h1>
${headline(report)}
<pre class="command">${escapeMarkup(report.command.join(" "))}</pre>
${facts(report)}
</header>
<main>
${overview(report)}
${failures.length === 0 ? "" : `<h2 id="findings">Findings</h2>\n${failures.map((result) => finding(result, report, options)).join("\n")}`}
<h2 id="checks">All checks</h2>
${Object.entries(groups)
  .map(([group, title]) => groupTable(group, title, report))
  .join("\n")}
</main>
<footer>${escapeMarkup(`${report.startedAt.slice(0, 16).replace("T", " ")} UTC`)}</footer>
</body>
</html>
`;
}

function headline({ summary }: Report): string {
  const { passed, failedMust, failedShould, notSelected } = summary;
  const scope = notSelected > 0 ? " in the selected checks" : "";
  if (failedMust > 0)
    return `<p class="verdict bad">Not conformant${scope}: ${plural(failedMust, "must")} failed</p>`;
  if (failedShould > 0)
    return `<p class="verdict soso">Conformant${scope}, with ${plural(failedShould, "recommendation")}</p>`;
  if (passed === 0) return `<p class="verdict soso">Nothing could be judged${scope}</p>`;
  return `<p class="verdict good">Conformant${scope}</p>`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function facts(report: Report): string {
  const entries: [string, string][] = [
    ["plain request", report.outcome ?? "not tried"],
    ["runs", `${report.runs} in ${(report.durationMs / 1000).toFixed(1)} s`],
    ["of it the helper's own", `${(report.helperMs / 1000).toFixed(1)} s`],
    ["not supported", report.notSupported.join(", ") || "nothing"],
  ];
  const items = entries.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeMarkup(value)}</dd></div>`);
  return `<dl class="facts">${items.join("")}</dl>`;
}

function overview({ summary }: Report): string {
  const { passed, failedMust, failedShould, skipped } = summary;
  const tiles = [
    ["bad", failedMust, "must failed"],
    ["soso", failedShould, "should failed"],
    ["good", passed, "passed"],
    ["none", skipped, "not judged"],
  ] as const;
  const item = ([kind, count, label]: (typeof tiles)[number]): string =>
    `<li class="${kind}${count === 0 ? " zero" : ""}"><strong>${count}</strong> ${label}</li>`;
  return `<ul class="tiles">${tiles.map(item).join("")}</ul>`;
}

function finding(result: CheckResult, report: Report, options: readonly string[]): string {
  const kind = result.severity === "must" ? "bad" : "soso";
  return `<article class="finding ${kind}" id="${result.id}">
<h3><span class="badge ${kind}">${result.severity}</span> ${escapeMarkup(result.title)} <code>${result.id}</code></h3>
<p class="found">${escapeMarkup(visible(result.finding ?? ""))}</p>
<dl>
<dt>The rule</dt><dd>${escapeMarkup(result.rule)}</dd>
<dt>What certmonger would have done</dt><dd>${escapeMarkup(result.harm)}</dd>
<dt>How it was tried</dt><dd>${escapeMarkup(result.tried)}</dd>
<dt>How to mend it</dt><dd>${escapeMarkup(result.mend)}</dd>
</dl>
${result.evidence.map(evidence).join("\n")}
<p class="again">Run it again: <code>${escapeMarkup(againCommand(result.id, report.command, options))}</code></p>
</article>`;
}

function evidence(run: Evidence): string {
  const block = (name: string, text: string): string =>
    text === "" ? "" : `<h4>${name}</h4><pre>${escapeMarkup(text)}</pre>`;
  const stdout = run.stdout === "" ? "<h4>stdout</h4><p>nothing</p>" : block("stdout", visible(run.stdout));
  return `<details><summary>${escapeMarkup(run.scenario)}: <b>${escapeMarkup(endOf(run))}</b> after ${run.durationMs} ms</summary>
${stdout}
${block("stderr", visible(run.stderr))}
${block("environment", visible(environmentLines(run, true).join("\n")))}
</details>`;
}

function groupTable(group: string, title: string, report: Report): string {
  const own = report.results.filter((result) => result.group === group && result.because !== "not-selected");
  if (own.length === 0) return "";
  const failed = own.filter(({ verdict }) => verdict === "failed").length;
  const passed = own.filter(({ verdict }) => verdict === "passed").length;
  const sum = `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}, ${own.length - passed - failed} not judged`;
  return `<details class="group"${failed > 0 ? " open" : ""}><summary><b>${title}</b> <span>${sum}</span></summary>
<ul class="checks">
${own.map(row).join("\n")}
</ul></details>`;
}

function row(result: CheckResult): string {
  const [kind, word] = stateOf(result);
  const id =
    result.verdict === "failed"
      ? `<a href="#${result.id}"><code>${result.id}</code></a>`
      : `<code>${result.id}</code>`;
  const note = result.verdict === "skipped" ? ` <i>${escapeMarkup(result.reason ?? "")}</i>` : "";
  return `<li class="${kind}"><span class="state">${word}</span><span class="what">${id} ${escapeMarkup(result.title)}${note}</span></li>`;
}

function stateOf({ verdict, severity }: CheckResult): readonly [string, string] {
  switch (verdict) {
    case "passed":
      return ["good", "passed"];
    case "skipped":
      return ["none", "not judged"];
    case "failed":
      return severity === "must" ? ["bad", "must"] : ["soso", "should"];
  }
}
