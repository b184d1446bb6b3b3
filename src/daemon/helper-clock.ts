import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, ManualClock } from "./clock.ts";

/**
 * What puts a helper on a moved clock: libfaketime (Debian: faketime), by the offset to the computer's time. Without it a
 * helper has the computer's time, and what it issues after a move seems older than it is.
 */
export function helperClock(clock: Clock): () => Readonly<Record<string, string>> {
  if (!(clock instanceof ManualClock)) return () => ({});
  const library = findLibrary();
  if (library === undefined) return () => ({});
  return () => {
    const seconds = Math.round(clock.offsetMs / 1000);
    if (seconds === 0) return {};
    return {
      LD_PRELOAD: library,
      FAKETIME: `${seconds < 0 ? "" : "+"}${seconds}s`,
      // Timers run on the monotonic clock, which stays true.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  };
}

function findLibrary(): string | undefined {
  const folders = ["/usr/lib", "/usr/lib64"].flatMap((root) => [root, ...multiarch(root)]);
  return folders.map((folder) => join(folder, "faketime/libfaketime.so.1")).find((path) => existsSync(path));
}

/** `/usr/lib/x86_64-linux-gnu` and the like. */
function multiarch(root: string): string[] {
  try {
    return readdirSync(root)
      .filter((name) => name.includes("-linux-"))
      .map((name) => join(root, name));
  } catch {
    return [];
  }
}
