import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";

/** Where SQLite puts its locks in a file. @see https://www.sqlite.org/src/file?name=src/os.h, PENDING_BYTE */
const sqliteLockOffset = 0x40000000;

/**
 * Names the process that holds SQLite's lock on a file, for an error message: `process 4711 (self-sign-submit)`.
 *
 * The kernel lists locks by inode in `/proc/locks`: `1: POSIX ADVISORY WRITE 4711 fe:00:131 1073741824 EOF`.
 * The process may be gone, or in a container of its own and not visible from here: then "another process".
 */
export function describeLockHolder(path: string): string {
  const pid = findLockHolder(path);
  if (pid === undefined || pid <= 0) {
    return "another process";
  }
  if (pid === process.pid) {
    return "this process";
  }
  const name = processName(pid);
  return name === undefined ? `process ${pid}` : `process ${pid} (${name})`;
}

function findLockHolder(path: string): number | undefined {
  try {
    const inode = String(statSync(path).ino);
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      const [, kind, , access, pid, file, start] = line.split(/\s+/);
      if (kind === "POSIX" && access === "WRITE" && file?.split(":")[2] === inode) {
        if (Number(start) >= sqliteLockOffset) {
          return Number(pid);
        }
      }
    }
  } catch {}
  return undefined;
}

/** The command without its arguments, which are nobody else's business. */
function processName(pid: number): string | undefined {
  try {
    const name = basename(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? "");
    return name === "" ? undefined : name;
  } catch {
    return undefined;
  }
}
