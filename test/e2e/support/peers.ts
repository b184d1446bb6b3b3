import { accessSync, constants, globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Program, or pattern of a file, and the Debian package that brings it: the table that `scripts/setup` reads. */
const packageOf = new Map(
  readFileSync(new URL("../../../scripts/lab/peers", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "))
    .map(([program = "", debianPackage = ""]) => [program, debianPackage] as const),
);

const sbin = ["/usr/sbin", "/sbin"];

function isInstalled(program: string): boolean {
  if (program.startsWith("/")) return globSync(program).length > 0;
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...sbin];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether to leave tests out because a peer is missing, and the words for the suite's name.
 *
 *     const { leaveOut, note } = need("certmonger", "openssl");
 *     describe.skipIf(leaveOut)(`certmonger${note}`, …)
 *
 * On a person's machine a missing peer leaves the tests out. In CI, where `scripts/setup` can install it,
 * nothing is left out: the tests run, and fail.
 */
export function need(...peers: readonly string[]): { leaveOut: boolean; note: string } {
  const unknown = peers.filter((peer) => !packageOf.has(peer));
  if (unknown.length > 0) throw new Error(`scripts/lab/peers has no line for ${unknown.join(", ")}`);
  const missing = [...new Set(peers.filter((peer) => !isInstalled(peer)).map((peer) => packageOf.get(peer)))];
  if (missing.length === 0) return { leaveOut: false, note: "" };
  const installable = process.getuid?.() === 0 && isInstalled("apt-get");
  const mustRun = process.env.CI === "true" && installable;
  return { leaveOut: !mustRun, note: ` (left out: needs the Debian package ${missing.join(", ")})` };
}
