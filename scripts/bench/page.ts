import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../build/project.ts";
import type { Part } from "./part.ts";
import type { PartName } from "./parts.ts";

const docs = join(projectDirectory, "docs");

/** What stands between the marks of each name on the page. */
const blocks: Readonly<Record<string, readonly PartName[]>> = {
  figures: ["helpers", "harness"],
  "ipa figures": ["ipa"],
  "daemon figures": ["daemon"],
};

/**
 * Puts the figures of each block whose parts were all measured between its two marks, and the charts beside the page.
 *
 * @throws {Error} when no block is whole
 */
export function writeBlocks(measured: ReadonlyMap<PartName, Part>): void {
  const whole = Object.entries(blocks).filter(([, names]) => names.every((name) => measured.has(name)));
  if (whole.length === 0)
    throw new Error("nothing is written: a block of the page has more parts than --only names");
  const path = join(docs, "performance.md");
  let page = readFileSync(path, "utf8");
  for (const [block, names] of whole) {
    const found = names.flatMap((name) => measured.get(name) ?? []);
    page = replaceBlock(page, block, found.map(({ figures }) => figures).join("\n\n"));
    for (const { chart } of found) {
      if (chart !== undefined) writeFileSync(join(docs, chart.name), chart.svg);
    }
  }
  writeFileSync(path, page);
}

function replaceBlock(page: string, block: string, figures: string): string {
  const [start, end] = [`<!-- ${block} -->\n`, `<!-- end of ${block} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no marks for ${block}`);
  return `${page.slice(0, from)}${start}\n${figures}\n\n${page.slice(to)}`;
}
