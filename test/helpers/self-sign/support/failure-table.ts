import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { newDirectory } from "../../../support/directory.ts";
import { type Failure, goodCsr } from "./failures.ts";
import { type Ran, runHelper, submit } from "./run.ts";

const readme = fileURLToPath(new URL("../../../../helpers/self-sign/README.md", import.meta.url));

interface Row {
  readonly exitStatus: number;
  /** `DIR` stands for the state directory, `…` for anything. */
  readonly firstLine: string;
}

/** The rows of the README's table of failures, by what goes wrong. */
export function readFailureTable(): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  const [, section = ""] = readFileSync(readme, "utf8").split("## When something goes wrong\n");
  for (const line of section.split("\n## ", 1)[0]?.split("\n") ?? []) {
    const cells = /^\| (.*?) +\| (\d+) +\| +(?:`(.*)` +)?\|$/.exec(line);
    if (cells !== null) rows.set(cells[1] ?? "", { exitStatus: Number(cells[2]), firstLine: cells[3] ?? "" });
  }
  return rows;
}

/** Arranges a failure in a directory of its own, runs the helper, and holds the outcome against its row. */
export async function expectAsDocumented(command: readonly string[], failure: Failure): Promise<void> {
  const row = readFailureTable().get(failure.name);
  if (row === undefined) throw new Error(`the README has no row "${failure.name}"`);
  const directory = newDirectory();
  const ran = await runArranged(command, failure, directory);
  const [firstLine = ""] = ran.stdout.replaceAll(directory, "DIR").split("\n");
  expect({ exitStatus: ran.exitStatus, firstLine }, ran.stderr).toEqual({
    exitStatus: row.exitStatus,
    firstLine: expect.stringMatching(patternOf(row.firstLine)),
  });
  if (row.exitStatus !== 0) expect(ran.stdout.trimEnd().split("\n")).toHaveLength(1);
}

async function runArranged(command: readonly string[], failure: Failure, directory: string): Promise<Ran> {
  const makeCa = async () => {
    const { exitStatus, stdout } = await submit(command, directory, goodCsr);
    expect(exitStatus, stdout).toBe(0);
  };
  const { args = [], variables = {}, release } = await failure.arrange(directory, makeCa);
  try {
    const all = args[0] === "-d" ? args : ["-d", directory, "--ca-key-type", "EC-P256", ...args];
    const environment = { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: goodCsr, ...variables };
    return await runHelper(command, all, environment);
  } finally {
    await release?.();
  }
}

function patternOf(firstLine: string): RegExp {
  const pieces = firstLine.split("…").map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`^${pieces.join(".*")}$`);
}
