import { execFile } from "node:child_process";

/** What a program that ran to its end left behind. */
export interface Finished {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end, whatever its exit status.
 *
 * @throws when it can not be started, is killed by a signal, or takes longer than `timeoutMs` (one minute)
 */
export function attempt(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { environment, directory, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...process.env, ...environment }, cwd: directory, timeout: timeoutMs, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ exitStatus: 0, stdout, stderr });
        if (typeof error.code === "number") return resolve({ exitStatus: error.code, stdout, stderr });
        reject(
          new Error(`${program} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`, { cause: error }),
        );
      },
    );
    child.stdin?.end();
  });
}

/**
 * Runs a program that must succeed, and returns its stdout.
 *
 * @throws what `attempt` throws, and for every exit status but 0, with all that the program said
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { exitStatus, stdout, stderr } = await attempt(program, args, options);
  if (exitStatus !== 0) {
    throw new Error(`${program} ${args.join(" ")}: exit status ${exitStatus}\n${stdout}${stderr}`);
  }
  return stdout;
}
