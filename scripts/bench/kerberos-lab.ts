import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDirectory } from "../build/project.ts";

/** certmonger's own helper, where Debian and Fedora have it. */
const originals = ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"];

/** A running realm, for commands that are measured in it. */
export interface KerberosLab {
  /** A command that runs its arguments as if on the realm's client. */
  readonly within: readonly string[];
  readonly original: string;
}

/** sysexits.h EX_UNAVAILABLE: how `up.sh` ends when a package or a right is missing. */
const unavailable = 69;

/**
 * Starts the realm of `scripts/lab/kerberos`, does the work and stops it. Its directory is one that the web server,
 * another user, can reach.
 *
 * @returns what the work gives, or why there is none: which package is missing, or that only root can
 */
export function withKerberosLab<T>(
  work: (lab: KerberosLab) => T,
): { readonly result: T } | { readonly missing: string } {
  const original = originals.find(existsSync);
  if (original === undefined) return { missing: "certmonger is not installed: apt-get install certmonger" };
  const script = (name: string) => join(projectDirectory, "scripts/lab/kerberos", name);
  const directory = mkdtempSync(join(tmpdir(), "kerberos-lab-"));
  try {
    const { status, stderr } = spawnSync(script("up.sh"), [directory], { encoding: "utf8" });
    if (status === unavailable) return { missing: stderr.trim() };
    if (status !== 0) throw new Error(`the Kerberos lab does not start: ${stderr}`);
    return { result: work({ within: [script("run.sh"), directory], original }) };
  } finally {
    spawnSync(script("down.sh"), [directory]);
    rmSync(directory, { recursive: true });
  }
}
