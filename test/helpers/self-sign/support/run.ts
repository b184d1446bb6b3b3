import { fileURLToPath } from "node:url";
import type { Environment } from "../../../../protocol/index.ts";
import { helperEnvironment } from "../../../../src/process/helper-environment.ts";
import { runCommand } from "../../../../src/process/run-command.ts";

/** `self-sign-submit` from its source. The end-to-end tests run the executable instead. */
export const fromSource: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../../../helpers/self-sign/main.ts", import.meta.url)),
];

export interface Ran {
  /** `undefined` when it was killed. */
  readonly exitStatus: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the helper as certmonger does (wiped environment, closed stdin, working directory `/`), with these
 * variables on top; `undefined` takes one away.
 */
export async function runHelper(
  command: readonly string[],
  args: readonly string[],
  variables: Environment,
  signal?: AbortSignal,
): Promise<Ran> {
  const all = { ...helperEnvironment(), ...variables };
  const environment = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const run = await runCommand({
    argv: [...command, ...args],
    environment,
    deadlineMs: 120_000,
    ...(signal && { signal }),
  });
  if (run.status === "not-started") throw new Error(run.reason);
  const exitStatus = run.status === "exited" ? run.exitStatus : undefined;
  return { exitStatus, stdout: Buffer.from(run.stdout).toString("utf8"), stderr: run.stderr };
}

/** SUBMIT of a CSR, PEM. */
export function submit(command: readonly string[], directory: string, csr: string): Promise<Ran> {
  return runHelper(command, ["-d", directory], { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: csr });
}
