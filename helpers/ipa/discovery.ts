import { HelperFailure } from "../../protocol/index.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import { KerberosError } from "../../src/kerberos/error.ts";
import type { Access } from "./access.ts";
import { baseDnOf, findCaMasters, readBaseDn } from "./directory.ts";
import { chooseLdapUrl } from "./ipa-config.ts";
import type { LdapConnection } from "./ldap.ts";
import { LdapError } from "./ldap-error.ts";
import type { Settings } from "./settings.ts";
import { inSrvOrder } from "./srv-order.ts";

/** The part of an `Access` that reaches a directory. */
export type DirectoryAccess = Pick<Access, "settings" | "machine" | "credentials" | "context" | "trust">;

/**
 * The names of the servers that have a CA, as the directory lists them; when it does not answer, as it listed them
 * the last time.
 */
export async function findMasters(access: Access): Promise<readonly string[]> {
  const { memory, context, settings } = access;
  if (!("ticket" in access.credentials)) return memory.masters;
  try {
    const masters = await withDirectory(access, async (directory) =>
      findCaMasters(directory, await baseDn(settings, directory)),
    );
    await memory.noteMasters(masters);
    return masters;
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log.warn(`other servers: ${error instanceof Error ? error.message : String(error)}`);
    return memory.masters;
  }
}

/**
 * Opens the directory that the configuration names, else one after the other those of the domain's SRV records, and
 * does the work with the first that takes us.
 *
 * @throws {HelperFailure} `unconfigured` when no server is known; else what the first one threw
 */
export async function withDirectory<T>(
  access: DirectoryAccess,
  work: (directory: LdapConnection, url: URL) => Promise<T>,
): Promise<T> {
  const { machine, credentials, context, trust } = access;
  const ticket = "ticket" in credentials ? { ticket: credentials.ticket } : {};
  let first: unknown;
  for await (const url of directoryUrls(access)) {
    try {
      const directory = await machine.openDirectory({ url, trust, signal: context.signal, ...ticket });
      try {
        return await work(directory, url);
      } finally {
        directory.close();
      }
    } catch (error) {
      if (!isOfServer(error)) throw error;
      first ??= error;
      context.log.info(`directory ${url.host}: ${error.message}`);
    }
  }
  throw first ?? noDirectoryKnown();
}

function noDirectoryKnown(): HelperFailure {
  const remedy = "name one with server or domain in /etc/ipa/default.conf, with --host or with --ldap-url";
  return new HelperFailure("unconfigured", `no IPA server is known: ${remedy}`);
}

function isOfServer(error: unknown): error is NetworkError | KerberosError | LdapError {
  return error instanceof NetworkError || error instanceof KerberosError || error instanceof LdapError;
}

async function* directoryUrls({ settings, machine, context }: DirectoryAccess): AsyncGenerator<URL> {
  const { options, config } = settings;
  const configured = chooseLdapUrl(options, config);
  if (configured !== undefined) yield configured;
  const domain = options.domain ?? config.get("domain");
  if (domain === undefined) return;
  try {
    for (const { name, port } of inSrvOrder(await machine.resolveSrv(`_ldap._tcp.${domain}`))) {
      const url = new URL(`ldap://${name.replace(/\.$/, "")}:${port}/`);
      if (url.host !== configured?.host) yield url;
    }
  } catch (error) {
    // No records, or no DNS: it comes to the same.
    context.log.info(`no SRV records: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where IPA's configuration begins in the directory. */
export async function baseDn({ options, config }: Settings, directory: LdapConnection): Promise<string> {
  const domain = options.domain ?? config.get("domain");
  const known = options.basedn ?? config.get("basedn") ?? (domain && baseDnOf(domain));
  const found = known ?? (await readBaseDn(directory));
  if (found !== undefined) return found;
  throw new HelperFailure("unconfigured", "the directory names no base DN: name it with --basedn");
}
