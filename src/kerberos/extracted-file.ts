import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a shared object to a private directory, hands its path to `open`, and removes both at once: what is
 * mapped stays mapped.
 *
 * Directories are tried in turn, because each may be missing, full, or mounted `noexec`.
 *
 * @throws {Error} naming what went wrong in each directory
 */
export function openExtracted<T>(
  name: string,
  content: Uint8Array,
  directories: readonly string[],
  open: (path: string) => T,
): T {
  const reasons: string[] = [];
  for (const parent of directories) {
    try {
      return openIn(parent, name, content, open);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(reason.includes(parent) ? reason : `${parent}: ${reason}`);
    }
  }
  throw new Error(reasons.join("; "));
}

function openIn<T>(parent: string, name: string, content: Uint8Array, open: (path: string) => T): T {
  // mkdtemp makes it 0700 and never takes one that is there.
  const directory = mkdtempSync(join(parent, "certmonger-helper-"));
  try {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o500, flag: "wx" });
    return open(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
