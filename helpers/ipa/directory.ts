import { HelperFailure } from "../../protocol/index.ts";
import type { LdapConnection } from "./ldap.ts";
import { LdapError, noSuchObject } from "./ldap-error.ts";
import type { LdapEntry, LdapSearch } from "./ldap-message.ts";

/** `dc=example,dc=test` for the domain `example.test`, as FreeIPA's installer makes it. */
export function baseDnOf(domain: string): string {
  return domain
    .split(".")
    .filter((label) => label !== "")
    .map((label) => `dc=${label}`)
    .join(",");
}

/** The base DN that a directory says is its own; `undefined` when it names none. */
export async function readBaseDn(directory: LdapConnection): Promise<string | undefined> {
  const attributes = ["defaultNamingContext", "namingContexts"];
  const [root] = await directory.search({
    base: "",
    scope: "base",
    filter: { present: "objectClass" },
    attributes,
  });
  return attributes.flatMap((name) => (root === undefined ? [] : textsOf(root, name)))[0];
}

/** The names of the servers that have a CA, in the order of the directory. A hidden replica is not among them. */
export async function findCaMasters(directory: LdapConnection, baseDn: string): Promise<string[]> {
  const entries = await searchBelow(directory, baseDn, {
    base: `cn=masters,cn=ipa,cn=etc,${baseDn}`,
    scope: "subtree",
    filter: {
      all: [
        { attribute: "objectClass", equals: "ipaConfigObject" },
        { attribute: "cn", equals: "CA" },
        { attribute: "ipaConfigString", equals: "enabledService" },
      ],
    },
    attributes: ["cn"],
  });
  return entries.flatMap(({ dn }) => serverOfServiceEntry(dn) ?? []);
}

/** `cn=CA,cn=ipa.example.test,cn=masters,…` → `ipa.example.test` */
function serverOfServiceEntry(dn: string): string | undefined {
  return /^[^,]+,\s*cn\s*=\s*([A-Za-z0-9._-]+)\s*,/i.exec(dn)?.[1];
}

/**
 * Searches a part of IPA's configuration. A part that is not there has no entries; but when not even the base DN
 * is there, this is another directory than the configuration says.
 *
 * @throws {HelperFailure} `unconfigured` then
 */
export async function searchBelow(
  directory: LdapConnection,
  baseDn: string,
  search: LdapSearch,
): Promise<LdapEntry[]> {
  try {
    return await directory.search(search);
  } catch (error) {
    if (!(error instanceof LdapError) || error.code !== noSuchObject) throw error;
    if (await hasEntry(directory, baseDn)) return [];
    const message = `the directory has no entry ${baseDn}: correct basedn or domain in /etc/ipa/default.conf, or --basedn`;
    throw new HelperFailure("unconfigured", message, { cause: error });
  }
}

async function hasEntry(directory: LdapConnection, base: string): Promise<boolean> {
  try {
    const attributes = ["objectClass"];
    await directory.search({ base, scope: "base", filter: { present: "objectClass" }, attributes });
    return true;
  } catch (error) {
    if (error instanceof LdapError && error.code === noSuchObject) return false;
    throw error;
  }
}

/** An attribute's values as text. */
export function textsOf(entry: LdapEntry, attribute: string): string[] {
  const values = entry.attributes.get(attribute.toLowerCase()) ?? [];
  return values.map((value) => Buffer.from(value).toString("utf8"));
}
