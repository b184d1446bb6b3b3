import { lstatSync, readdirSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "certmonger-helper-";

/** A directory of mode 0700 in the temporary directory. Its name tells whose it is, for when this process is killed. */
export async function makeScratchDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
}

/**
 * Removes the scratch directories of processes of this user that are no more: a PIN or the copy of a key may be in them.
 *
 * @returns their paths; what can not be removed is passed over
 */
export function removeAbandonedScratchDirectories(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => isAbandoned(name))
    .map((name) => join(tmpdir(), name))
    .filter((path) => {
      try {
        const found = lstatSync(path);
        if (!found.isDirectory() || found.uid !== process.geteuid?.()) return false;
        rmSync(path, { recursive: true });
        return true;
      } catch {
        return false;
      }
    });
}

function isAbandoned(name: string): boolean {
  const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
  return pid !== undefined && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
