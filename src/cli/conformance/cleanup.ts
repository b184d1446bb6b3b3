import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { splitCommandLine } from "../../../protocol/index.ts";
import { runCommand } from "../../process/run-command.ts";
import { makeScratchDirectory } from "../../process/scratch-directory.ts";

const deadlineMs = 5 * 60 * 1000;

/**
 * Runs the clean-up command with a file of the issued certificates as its last argument. The command is split as
 * certmonger splits a helper's; there is no shell.
 *
 * @returns what went wrong, if anything did
 */
export async function cleanUp(command: string, certificates: readonly string[]): Promise<string | undefined> {
  const directory = await makeScratchDirectory();
  try {
    const file = join(directory, "certificates.pem");
    await writeFile(file, certificates.join(""), { mode: 0o600 });
    const environment = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const run = await runCommand({
      argv: [...splitCommandLine(command), file],
      environment,
      directory: process.cwd(),
      deadlineMs,
    });
    if (run.status === "not-started") return run.reason;
    if (run.status === "killed") return `killed by ${run.signal}`;
    return run.exitStatus === 0 ? undefined : `exit status ${run.exitStatus}: ${run.stderr.split("\n")[0]}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
