import { readFileSync } from "node:fs";

const readme = new URL("../../../../helpers/ipa/README.md", import.meta.url);
const text = readFileSync(readme, "utf8");

export interface Row {
  readonly exitStatus: number;
  /** `SERVER` stands for the server's name, `…` for anything. */
  readonly firstLine: string;
}

/** The rows of the README's table of failures, by what goes wrong. */
export const failureTable: ReadonlyMap<string, Row> = new Map(
  (text.split("## When something goes wrong\n")[1] ?? "").split("\n").flatMap((line): [string, Row][] => {
    const cells = /^\| (\S.*?) +\| (\d) +\| +`(.*)` +\|$/.exec(line);
    if (cells === null) return [];
    return [[cells[1] ?? "", { exitStatus: Number(cells[2]), firstLine: cells[3] ?? "" }]];
  }),
);

/** The cells of the README's table of codes: code, name, status, other servers, meaning and remedy. */
export const codeTable: readonly (readonly string[])[] = text.split("\n").flatMap((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  return /^\d{3,4}$/.test(cells[1] ?? "") && cells.length === 7 ? [cells.slice(1, -1)] : [];
});

export function patternOf(firstLine: string, server: string): RegExp {
  const escaped = (piece: string) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`^${firstLine.replaceAll("SERVER", server).split("…").map(escaped).join(".*")}$`);
}
