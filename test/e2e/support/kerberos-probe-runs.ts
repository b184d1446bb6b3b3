import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { KerberosLab } from "./kerberos-lab.ts";
import type { Finished } from "./run.ts";

/** The probe from source; `kerberos-executable.ts` makes it an executable. */
export const probe = fileURLToPath(new URL("./kerberos-probe.ts", import.meta.url));

/** See `kerberos-probe.ts`. */
export interface Wish {
  readonly keytab?: string;
  readonly principal?: string;
  readonly isDefault?: boolean;
  readonly url?: string;
  readonly tamper?: boolean;
}

/** What a run of the probe printed, with its exit status. */
export function shownBy({ exitStatus, stdout, stderr }: Finished) {
  if (stdout === "") throw new Error(`exit status ${exitStatus}\n${stderr}`);
  return { exitStatus, ...JSON.parse(stdout) };
}

/** Logs in and sends a request, in a process of its own. */
export async function negotiate(lab: KerberosLab, wish: Wish, environment: Record<string, string> = {}) {
  const args = [probe, "negotiate", JSON.stringify(wish)];
  return shownBy(await lab.attempt(process.execPath, args, { environment }));
}

/** The lab's krb5.conf with something changed, as a file; the variable that names it. */
export async function changedKrb5Conf(
  lab: KerberosLab,
  name: string,
  change: (text: string) => string,
): Promise<Record<string, string>> {
  await writeFile(lab.path(name), change(await readFile(lab.path("etc/krb5.conf"), "utf8")));
  return { KRB5_CONFIG: lab.path(name) };
}
