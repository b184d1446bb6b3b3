import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const main = join(import.meta.dirname, "../../src/main.ts");
export const helpers = join(import.meta.dirname, "../fixtures/helpers");

export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `certmonger-helper` as a process, from its sources. */
export async function runCli(argv: readonly string[], options: Options = {}): Promise<CliRun> {
  const child = startCli(argv, options);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { exitCode, stdout, stderr };
}

export function startCli(argv: readonly string[], options: Options = {}) {
  return spawn(process.execPath, [main, ...argv], { stdio: ["ignore", "pipe", "pipe"], ...options });
}
