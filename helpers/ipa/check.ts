import { existsSync, readFileSync } from "node:fs";
import { HelperFailure } from "../../protocol/index.ts";
import { KeytabError, listKeytab } from "../../src/kerberos/keytab.ts";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { type Access, type Context, withAccess } from "./access.ts";
import { findMasters } from "./discovery.ts";
import { judge } from "./failure.ts";
import { chooseServerUrl, serverUrl } from "./ipa-config.ts";
import { memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import type { Machine } from "./machine.ts";
import { defaultProfile } from "./queries.ts";
import { readSettings, type Settings } from "./settings.ts";
import { subjectOf } from "./submit.ts";

const ok = (text: string): CheckLine => ({ outcome: "ok", text });
const warning = (text: string): CheckLine => ({ outcome: "warning", text });
const failed = (text: string): CheckLine => ({ outcome: "failed", text });

/**
 * `--check`: what would stop a request, in the order in which it would. Without `--csr` nothing is asked of the server
 * that its log would call a refused request; nothing is ever changed.
 */
export async function check(context: Context, machine: Machine): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  try {
    const settings = await readSettings(context.options, machine);
    lines.push(...checkConfiguration(settings, machine), ...checkKeytab(settings));
    await withAccess(settings, machine, context, async (access) => {
      lines.push(...checkTicket(access, context.now()));
      lines.push(...(await checkServer(access)));
    });
  } catch (error) {
    if (!(error instanceof HelperFailure)) throw error;
    lines.push(failed(error.message));
  }
  return lines;
}

function checkConfiguration({ options, config, caFile }: Settings, machine: Machine): CheckLine[] {
  const url = chooseServerUrl(options, config);
  return [
    config.size > 0
      ? ok(`configuration: ${machine.ipaConfigFile}, domain ${config.get("domain") ?? "unknown"}`)
      : warning(`configuration: ${machine.ipaConfigFile} is not there: this machine is not enrolled in IPA`),
    url === undefined
      ? warning("server: none is named; those that DNS and the directory name are asked")
      : ok(`server: ${url.href}`),
    caFile === undefined
      ? warning("trusted CA: only the system's; IPA's own is usually in /etc/ipa/ca.crt")
      : ok(`trusted CA: ${caFile}, and the system's`),
  ];
}

/** What the keytab holds, where it is a file that is named or the usual one. */
function checkKeytab({ login }: Settings): CheckLine[] {
  if (login.by !== "keytab") return [];
  const path = (login.keytab ?? "/etc/krb5.keytab").replace(/^(FILE|WRFILE):/, "");
  if (!path.startsWith("/")) return [];
  if (!existsSync(path)) return [failed(`keytab ${path} is not there: fetch one with ipa-getkeytab`)];
  try {
    const entries = listKeytab(readFileSync(path));
    const principals = [...new Set(entries.map(({ principal }) => principal))];
    const kinds = [...new Set(entries.map(({ encryption }) => encryption))];
    return principals.length === 0
      ? [failed(`keytab ${path} is empty: fetch one with ipa-getkeytab`)]
      : [ok(`keytab ${path}: ${principals.join(", ")}; ${kinds.join(", ")}`)];
  } catch (error) {
    if (error instanceof KeytabError) return [failed(`keytab ${path}: ${error.message}`)];
    return [failed(`keytab ${path} can not be read: ${error instanceof Error ? error.message : error}`)];
  }
}

function checkTicket({ credentials }: Access, now: Date): CheckLine[] {
  if (!("ticket" in credentials)) return [ok(`login: user ${credentials.user}, with a password`)];
  const { principal, expires, isForwardable, clockOffsetSeconds } = credentials.ticket;
  const until = expires === undefined ? "" : `, until ${expires.toISOString()}`;
  const lines = [
    expires !== undefined && expires < now
      ? failed(`ticket: that of ${principal} has expired: get a new one with kinit`)
      : ok(`ticket: ${principal}${until}`),
  ];
  if (isForwardable === false) lines.push(failed("ticket: it is not forwardable: get one with kinit -f"));
  if (Math.abs(clockOffsetSeconds) > 120) {
    lines.push(warning(`clock: the KDC's is ${clockOffsetSeconds} s ahead of this machine's: set it`));
  }
  return lines;
}

async function checkServer(access: Access): Promise<CheckLine[]> {
  const { settings, context } = access;
  const masters = await findMasters(access);
  const [master] = masters;
  const url = chooseServerUrl(settings.options, settings.config) ?? (master && serverUrl(master));
  if (!url)
    return [
      failed("no IPA server is known: enroll this machine with ipa-client-install, or name one with --host"),
    ];
  const server = access.server(url);
  const lines = [describeOthers(masters, server)];
  const wanted = {
    principal: settings.options.principalOfRequest ?? "",
    ...(settings.options.profile && { profile: settings.options.profile }),
    ...(settings.options.issuer && { issuer: settings.options.issuer }),
  };
  const subject = subjectOf(access, wanted);
  try {
    lines.push(...(await checkApi(server)));
    const csrFile = context.options.csr;
    if (csrFile === undefined) return lines;
    const { checkCsr } = await import("./check-csr.ts");
    const question = {
      csrFile,
      subject: { ...subject, principal: subject.principal || callerOf(access) },
      profile: subject.profile ?? defaultProfile,
      issuer: subject.issuer ?? "ipa",
      add: context.options.add,
      isDeep: context.options.deep,
    };
    for await (const line of checkCsr(server, question)) lines.push(line);
    return lines;
  } catch (error) {
    return [...lines, failed(judge(error, server.name, subject).failure.message)];
  }
}

/** Without `-P` it is our own certificate that is asked about. */
function callerOf({ credentials }: Access): string {
  return "ticket" in credentials ? credentials.ticket.principal : credentials.user;
}

async function checkApi(server: IpaServer): Promise<CheckLine[]> {
  const { result, principal, release } = await server.call("env", ["host", "api_version"], { server: true });
  const own = textOf(memberOf(result, "host"));
  const lines = [
    ok(`${server.name}: FreeIPA ${release ?? "?"}, API ${textOf(memberOf(result, "api_version")) ?? "?"}`),
    ok(`${server.name}: takes us for ${principal ?? "?"}`),
  ];
  if (own !== undefined && own !== server.url.hostname) {
    lines.push(warning(`${server.name}: calls itself ${own}: use that name`));
  }
  const { result: isEnabled } = await server.call("ca_is_enabled", []);
  lines.push(
    isEnabled === true ? ok(`${server.name}: has a CA`) : failed(`${server.name}: this IPA has no CA`),
  );
  return lines;
}

function describeOthers(masters: readonly string[], server: IpaServer): CheckLine {
  const others = masters.filter((name) => name !== server.name);
  return others.length === 0
    ? warning("other servers: none is known, for the day on which this one is down")
    : ok(`other servers: ${others.join(", ")}`);
}
