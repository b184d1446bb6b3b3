import { readFileSync } from "node:fs";

/**
 * The default realm of Kerberos: `default_realm` of the first configuration file that has one. Files that it
 * includes are not read.
 */
export function defaultRealm(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const files = (environment.KRB5_CONFIG ?? "/etc/krb5.conf").split(":").filter(Boolean);
  for (const file of files) {
    const realm = realmIn(readIfThere(file));
    if (realm !== undefined) return realm;
  }
  return undefined;
}

function realmIn(configuration: string): string | undefined {
  let section = "";
  for (const line of configuration.split("\n")) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const [, realm] = /^\s*default_realm\s*=\s*(\S+)/.exec(line) ?? [];
    if (section === "libdefaults" && realm !== undefined) return realm;
  }
  return undefined;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * A principal with its realm: the default realm when the text has none; `\` hides the next character.
 *
 * @returns `undefined` when there are two realms in it
 * @see krb5_parse_name, krb5_unparse_name
 */
export function completePrincipal(text: string, realm: string | undefined): string | undefined {
  const separators = text.replace(/\\./g, "").match(/@/g)?.length ?? 0;
  if (separators > 1) return undefined;
  return separators === 1 || realm === undefined ? text : `${text}@${realm}`;
}
