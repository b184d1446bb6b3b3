import { HelperFailure, type Roots, splitPem } from "../../protocol/index.ts";
import { createHttpClient } from "../../src/http/client.ts";
import { textOfBody } from "../../src/http/http.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import { readTrust } from "../../src/http/trust.ts";
import { KerberosError } from "../../src/kerberos/error.ts";
import { readCertificate } from "../../src/x509/certificate.ts";
import { type Context, withAccess } from "./access.ts";
import { baseDn, withDirectory } from "./discovery.ts";
import { tryServers } from "./failover.ts";
import { explain } from "./failure.ts";
import { chooseServerUrl } from "./ipa-config.ts";
import { listOf, memberOf, textsOf } from "./json.ts";
import { LdapError } from "./ldap-error.ts";
import type { Machine } from "./machine.ts";
import { readKnownCas, rootsOf } from "./roots.ts";
import { readSettings, type Settings } from "./settings.ts";

/** GET-SUPPORTED-TEMPLATES: the names of the server's profiles. */
export async function templates(context: Context, machine: Machine): Promise<string[]> {
  const settings = await readSettings(context.options, machine);
  return await withAccess(settings, machine, context, (access) =>
    tryServers(access, { principal: "" }, async (server) => {
      const { result } = await server.call("certprofile_find", [], { sizelimit: 0 });
      const names = listOf(result).flatMap((profile) => textsOf(memberOf(profile, "cn")));
      // The list's separators can not be part of a name; certmonger would make two of it.
      return names.filter((name) => !/[,\r\n]/.test(name)).sort();
    }),
  );
}

/**
 * FETCH-ROOTS: the CA certificates of IPA's directory.
 *
 * With Kerberos first. Where that fails and this machine has IPA's CA already, over TLS that is checked with it:
 * the directory without a login, which may read these entries by IPA's own rules, then the file of the web server.
 */
export async function fetchRoots(context: Context, machine: Machine): Promise<Roots> {
  const settings = await readSettings(context.options, machine);
  try {
    return await rootsWithLogin(settings, context, machine);
  } catch (error) {
    if (context.signal.aborted || !canFallBack(error) || settings.caFile === undefined) throw explain(error);
    context.log.warn(`with Kerberos the roots can not be had: ${textOf(error)}`);
    for (const attempt of [rootsWithoutLogin, rootsOfWebServer]) {
      try {
        return await attempt(settings, settings.caFile, context, machine);
      } catch (other) {
        context.log.info(`${attempt.name}: ${textOf(other)}`);
      }
    }
    throw explain(error);
  }
}

/** What is wrong with the configuration must be mended, not worked around. */
function canFallBack(error: unknown): boolean {
  if (error instanceof HelperFailure) return error.status === "unreachable";
  return error instanceof NetworkError || error instanceof KerberosError || error instanceof LdapError;
}

async function rootsWithLogin(settings: Settings, context: Context, machine: Machine): Promise<Roots> {
  requireDomain(settings);
  return await withAccess(settings, machine, context, (access) =>
    withDirectory(access, async (directory) => {
      const { credentials } = access;
      const realm = "ticket" in credentials ? credentials.ticket.realm : realmOf(settings);
      const cas = await readKnownCas(directory, await baseDn(settings, directory), context.log.warn);
      return rootsOf(cas, { realm, now: context.now() });
    }),
  );
}

async function rootsWithoutLogin(
  settings: Settings,
  caFile: string,
  context: Context,
  machine: Machine,
): Promise<Roots> {
  const server = chooseServerUrl(settings.options, settings.config);
  if (server === undefined) throw new Error("no server is known");
  const trust = await readTrust({ files: [caFile] });
  const url = new URL(`ldaps://${server.hostname}/`);
  const directory = await machine.openDirectory({ url, trust, signal: context.signal });
  try {
    const cas = await readKnownCas(directory, await baseDn(settings, directory), context.log.warn);
    if (cas.length === 0) throw new Error("the directory shows no CA certificates without a login");
    return rootsOf(cas, { realm: realmOf(settings), now: context.now() });
  } finally {
    directory.close();
  }
}

async function rootsOfWebServer(settings: Settings, caFile: string, context: Context): Promise<Roots> {
  const server = chooseServerUrl(settings.options, settings.config);
  if (server === undefined) throw new Error("no server is known");
  const http = createHttpClient({ trust: await readTrust({ files: [caFile] }), environment: process.env });
  try {
    const url = new URL("/ipa/config/ca.crt", server);
    const reply = await http.send({ method: "GET", url, signal: context.signal });
    if (reply.status !== 200) throw new Error(`${url.href} answers ${reply.status}`);
    const blocks = splitPem(textOfBody(reply));
    if (blocks.length === 0) throw new Error(`${url.href} holds no certificate`);
    const cas = blocks.map(({ text }) => readCertificate(text));
    return rootsOf(
      cas.map((certificate) => ({ certificate, trust: "trusted", isIpaCa: false })),
      { realm: realmOf(settings), now: context.now() },
    );
  } finally {
    http.close();
  }
}

/** certmonger's own helper answers so (0.79.17), even where a base DN is named. */
function requireDomain({ options, config }: Settings): void {
  if (options.domain ?? config.get("domain") ?? options.basedn ?? config.get("basedn")) return;
  const remedy = "set domain in /etc/ipa/default.conf, or use --domain";
  throw new HelperFailure("unconfigured", `no IPA domain is configured: ${remedy}`);
}

/** FreeIPA's installer makes the realm of the domain, in capitals. */
function realmOf({ options, config }: Settings): string {
  return config.get("realm") ?? (options.domain ?? config.get("domain") ?? "").toUpperCase();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
