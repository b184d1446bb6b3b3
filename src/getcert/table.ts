import type { Outlook } from "./outlook.ts";
import type { RequestView } from "./request-view.ts";
import { distance } from "./time.ts";

export interface Row {
  readonly view: RequestView;
  readonly outlook: Outlook;
}

/**
 * Requests for a person at a terminal: those that need help first, then by the end of their certificates. Each
 * has a line with where it stands, and one with what comes next; why it is stuck stands between.
 */
export function renderTable(rows: readonly Row[], now: Date, columns: number): string {
  if (rows.length === 0) return "No certificates are tracked.\n";
  const cells = [...rows].sort(byUrgency).map((row) => ({ row, cells: cellsOf(row, now) }));
  const header = ["", "REQUEST", "STATE", "EXPIRES", "CA"];
  const widths = header.map((title, at) =>
    Math.max(title.length, ...cells.map((one) => (one.cells[at] ?? "").length)),
  );
  const line = (parts: readonly string[]) =>
    parts
      .map((part, at) => part.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = [clip(line(header), columns)];
  for (const { row, cells: parts } of cells) {
    const { caError, state, certificate } = row.view;
    const place = certificate.nickname === undefined ? "" : `, ${certificate.nickname}`;
    lines.push(clip(line(parts), columns));
    lines.push(clip(`     ${certificate.location ?? certificate.type}${place}`, columns));
    if (caError !== undefined) lines.push(...wrap("     why:  ", caError, columns));
    if (state !== "MONITORING" || row.outlook.needsHelp || rows.length <= 20) {
      lines.push(...wrap("     next: ", row.outlook.next, columns));
    }
  }
  const help = rows.filter(({ outlook }) => outlook.needsHelp).length;
  const summary = `${rows.length} tracked, ${help === 0 ? "none needs" : `${help} need${help === 1 ? "s" : ""}`} help`;
  const last = wrap("", `${summary}. All there is to know: getcert list -i REQUEST`, columns);
  return [...lines, "", ...last, ""].join("\n");
}

function cellsOf({ view, outlook }: Row, now: Date): string[] {
  const expires = view.notAfter === undefined ? "-" : distance(view.notAfter, now);
  return [outlook.needsHelp ? "!" : "", view.id, view.state, expires, view.ca ?? "-"];
}

function byUrgency(a: Row, b: Row): number {
  if (a.outlook.needsHelp !== b.outlook.needsHelp) return a.outlook.needsHelp ? -1 : 1;
  return (a.view.notAfter?.getTime() ?? 0) - (b.view.notAfter?.getTime() ?? 0);
}

/** Texts of a CA may hold anything: no escape codes reach the terminal. */
const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");

/** Lines that are not wider than the terminal, broken at blanks, the later ones below the first one's text. */
function wrap(label: string, text: string, columns: number): string[] {
  const room = Math.max(20, columns - label.length);
  const lines: string[] = [];
  for (let rest = clean(text); rest !== "" || lines.length === 0; ) {
    const fits = rest.length <= room ? rest.length : rest.lastIndexOf(" ", room);
    const end = fits > 0 ? fits : room;
    lines.push(`${lines.length === 0 ? label : " ".repeat(label.length)}${rest.slice(0, end)}`);
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

function clip(uncleaned: string, columns: number): string {
  const text = clean(uncleaned);
  return text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;
}
