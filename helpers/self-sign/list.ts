import { oneLine, shorten } from "../../protocol/index.ts";
import type { HelperContext } from "../../src/sdk/helper.ts";
import { type IssuedEntry, readRecord } from "./issued-record.ts";
import type { options } from "./options.ts";
import { readSettings } from "./settings.ts";

/** `list`: the record of issued certificates, oldest first, as a table or with `--json` as an array. */
export async function list(
  context: HelperContext<typeof options> & { print(text: string): void },
): Promise<number> {
  const { files } = readSettings(context.options);
  const { entries, damagedLines } = readRecord(files.record);
  for (const line of damagedLines) context.log.warn(`${files.record}, line ${line}: not an entry`);
  context.print(context.options.json ? JSON.stringify(entries, undefined, 2) : table(entries, context.now()));
  return 0;
}

const columns: readonly [heading: string, value: (entry: IssuedEntry, now: Date) => string][] = [
  ["ISSUED", ({ time }) => minute(time)],
  ["EXPIRES", ({ notAfter }, now) => `${minute(notAfter)}${new Date(notAfter) <= now ? " (over)" : ""}`],
  ["SERIAL", ({ serial }) => serial],
  ["PROFILE", ({ profile }) => profile ?? "-"],
  ["SUBJECT", ({ subject }) => subject || "-"],
  ["NAMES", ({ names }) => names.join(" ") || "-"],
];

function table(entries: readonly IssuedEntry[], now: Date): string {
  if (entries.length === 0) return "no certificates were issued";
  const rows = [
    columns.map(([heading]) => heading),
    // What a request said: a profile may be any text, a subject as long as it likes.
    ...entries.map((entry) => columns.map(([, value]) => shorten(oneLine(value(entry, now))))),
  ];
  const widths = columns.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `2026-11-23 12:39`, UTC. */
function minute(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}
