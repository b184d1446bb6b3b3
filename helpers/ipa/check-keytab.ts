import { existsSync, readFileSync } from "node:fs";
import { HelperFailure } from "../../protocol/index.ts";
import { type KeytabEntry, KeytabError, listKeytab } from "../../src/kerberos/keytab.ts";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { failed, ok } from "./check-line.ts";
import { explain } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { shell, withoutRealm } from "./remedy.ts";
import type { Login } from "./settings.ts";

/** Whether the keytab is there, can be read, and holds a key of the principal; asks no KDC. */
export async function checkKeytab(
  login: Extract<Login, { by: "keytab" }>,
  machine: Pick<Machine, "loadKerberos">,
  server: string | undefined,
): Promise<CheckLine> {
  try {
    const { by: _, ...from } = login;
    const { principal, keytab } = await (await machine.loadKerberos()).describeLogin(from);
    // Other types than files are libkrb5's own business.
    const path = keytab.replace(/^(FILE|WRFILE):/, "");
    if (!path.startsWith("/")) return ok(`keytab ${keytab}, for ${principal}`);
    const words = ["-s", server ?? "SERVER", "-p", withoutRealm(principal), "-k", path];
    return judge(path, principal, `ipa-getkeytab ${words.map(shell).join(" ")}`);
  } catch (error) {
    const explained = explain(error);
    if (explained instanceof HelperFailure) return failed(`login: ${explained.message}`);
    throw error;
  }
}

function judge(path: string, principal: string, fetch: string): CheckLine {
  if (!existsSync(path)) return failed(`keytab ${path} is not there: ${fetch}`);
  const entries = readEntries(path);
  if (typeof entries === "string") return failed(`keytab ${path} ${entries}`);
  const principals = [...new Set(entries.map((entry) => entry.principal))];
  if (principals.length === 0) return failed(`keytab ${path} is empty: ${fetch}`);
  const kinds = [...new Set(entries.map(({ encryption }) => encryption))];
  const content = `keytab ${path}: ${principals.join(", ")}; ${kinds.join(", ")}`;
  if (principals.includes(principal)) return ok(content);
  const alike = principals.find((one) => one.toLowerCase() === principal.toLowerCase());
  return failed(
    alike === undefined
      ? `keytab ${path} has no key of ${principal}, but of ${principals.join(", ")}: name one of these with -k, or ${fetch}`
      : `keytab ${path} has no key of ${principal}, but of ${alike}, which is another one (letter case counts): name that with -k, or set this machine's name in small letters`,
  );
}

/** What the file holds, or what is wrong with it. */
function readEntries(path: string): KeytabEntry[] | string {
  try {
    return listKeytab(readFileSync(path));
  } catch (error) {
    if (error instanceof KeytabError) return `can not be used: ${error.message}`;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EACCES") return "can not be read by this user: run this as root, as certmonger does";
    return `can not be read: ${error instanceof Error ? error.message : error}`;
  }
}
