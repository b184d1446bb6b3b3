import { HelperFailure } from "../../protocol/index.ts";
import type { Trust } from "../../src/http/trust.ts";
import type { Ticket } from "../../src/kerberos/kerberos.ts";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { type Access, assemble, type Context, createClient, readTrustOf, release } from "./access.ts";
import { checkConnection } from "./check-connection.ts";
import { checkKeytab } from "./check-keytab.ts";
import { failed, ok, warning } from "./check-line.ts";
import { checkRequest } from "./check-request.ts";
import { findMasters } from "./discovery.ts";
import { explain, judge } from "./failure.ts";
import { chooseServerUrl, serverUrl } from "./ipa-config.ts";
import { memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import { type Credentials, openCredentials } from "./login.ts";
import type { Machine } from "./machine.ts";
import { defaultProfile } from "./options.ts";
import { readSettings, type Settings } from "./settings.ts";
import { subjectOf } from "./submit.ts";

/**
 * `--check`: what would stop a request, in the order in which it would. Without `--csr` nothing is asked of the server
 * that its log would call a refused request; nothing is ever changed.
 */
export async function* check(context: Context, machine: Machine): AsyncGenerator<CheckLine> {
  try {
    const settings = await readSettings(context.options, machine);
    const url = chooseServerUrl(settings.options, settings.config);
    yield* checkConfiguration(settings, url, machine);
    if (settings.login.by === "keytab") yield await checkKeytab(settings.login, machine, url?.hostname);
    yield* checkServers(settings, url, machine, context);
  } catch (error) {
    const explained = explain(error);
    if (!(explained instanceof HelperFailure)) throw error;
    yield failed(explained.message);
  }
}

function checkConfiguration(
  { config, caFile }: Settings,
  url: URL | undefined,
  machine: Machine,
): CheckLine[] {
  return [
    config.size > 0
      ? ok(`configuration: ${machine.ipaConfigFile}, domain ${config.get("domain") ?? "unknown"}`)
      : warning(
          `configuration: ${machine.ipaConfigFile} says nothing, this machine is not enrolled in IPA: ipa-client-install`,
        ),
    url === undefined
      ? warning("server: none is named; those that DNS and the directory name are asked")
      : ok(`server: ${url.href}`),
    caFile === undefined
      ? warning("trusted CA: only the system's; IPA's own is usually in /etc/ipa/ca.crt")
      : ok(`trusted CA: ${caFile}, and the system's`),
  ];
}

/** The login, the way to the servers, and what the first of them says. */
async function* checkServers(
  settings: Settings,
  configured: URL | undefined,
  machine: Machine,
  context: Context,
): AsyncGenerator<CheckLine> {
  const credentials = await logIn(settings, machine, context.signal);
  if (credentials instanceof HelperFailure) yield failed(credentials.message);
  else yield* checkLogin(credentials, context.now());
  try {
    const trust = await readTrustOf(settings);
    const way = configured && (await checkConnection(configured, trust, context));
    if (way !== undefined) yield way;
    if (credentials instanceof HelperFailure) return;
    const http = createClient(trust, machine);
    try {
      const access = await assemble({ settings, machine, context, trust, http, credentials });
      const masters = await findMasters(access);
      const [master] = masters;
      const url = configured ?? (master === undefined ? undefined : serverUrl(master));
      if (url === undefined) return yield failed(noServer);
      if (configured === undefined) yield await checkConnection(url, trust, context);
      const other = yield* checkOthers(masters, url, trust, context);
      const asked = way?.outcome === "failed" ? other : url;
      if (asked !== undefined) yield* askServer(access, access.server(asked));
    } finally {
      http.close();
    }
  } finally {
    if (!(credentials instanceof HelperFailure)) release(credentials);
  }
}

const noServer =
  "no IPA server is known: enroll this machine with ipa-client-install, or name one with --host";

async function logIn(
  { login }: Settings,
  machine: Machine,
  signal: AbortSignal,
): Promise<Credentials | HelperFailure> {
  try {
    return await openCredentials(login, machine, signal);
  } catch (error) {
    const explained = explain(error);
    if (explained instanceof HelperFailure) return explained;
    throw error;
  }
}

function checkLogin(credentials: Credentials, now: Date): CheckLine[] {
  if (!("ticket" in credentials)) return [ok(`login: user ${credentials.user}, with a password`)];
  return checkTicket(credentials.ticket, now);
}

function checkTicket(
  { principal, expires, isForwardable, clockOffsetSeconds }: Ticket,
  now: Date,
): CheckLine[] {
  const until = expires === undefined ? "" : `, until ${expires.toISOString()}`;
  const lines = [
    expires !== undefined && expires < now
      ? failed(`ticket: that of ${principal} has expired: get a new one with kinit -f`)
      : ok(`ticket: ${principal}${until}`),
  ];
  if (isForwardable === false) {
    lines.push(
      failed("ticket: it is not forwardable, so IPA can do nothing with it: get another with kinit -f"),
    );
  }
  if (Math.abs(clockOffsetSeconds) > 120) {
    const how = clockOffsetSeconds > 0 ? "behind" : "ahead of";
    lines.push(
      warning(
        `clock: this machine's is ${Math.abs(clockOffsetSeconds)} s ${how} that of the KDC: set it (chronyc makestep)`,
      ),
    );
  }
  return lines;
}

/** The servers that a request would go to when the first one is down; the first of them that can be reached. */
async function* checkOthers(
  masters: readonly string[],
  first: URL,
  trust: Trust,
  context: Context,
): AsyncGenerator<CheckLine, URL | undefined> {
  const others = masters.map((name) => serverUrl(name)).filter(({ host }) => host !== first.host);
  if (others.length === 0) {
    yield warning("other servers: none is known, for the day on which this one is down");
  }
  const lines = await Promise.all(others.map((url) => checkConnection(url, trust, context)));
  for (const { outcome, text } of lines) {
    // Requests go on without it.
    yield { outcome: outcome === "failed" ? "warning" : outcome, text: `other server: ${text}` };
  }
  return others.find((_, at) => lines[at]?.outcome !== "failed");
}

async function* askServer(access: Access, server: IpaServer): AsyncGenerator<CheckLine> {
  const { options } = access.settings;
  const wanted = {
    principal: options.principalOfRequest ?? callerOf(access),
    ...(options.profile && { profile: options.profile }),
    ...(options.issuer && { issuer: options.issuer }),
  };
  const subject = subjectOf(access, wanted);
  const { csr, add, deep } = options;
  const question = {
    subject,
    profile: subject.profile ?? defaultProfile,
    issuer: subject.issuer ?? "ipa",
    add,
    ...(csr !== undefined && { csrFile: csr }),
  };
  try {
    yield* checkApi(server);
    const entries = yield* checkRequest(server, question);
    if (csr === undefined) {
      if (deep) yield warning("--deep needs a CSR: name its file with --csr");
      return;
    }
    const { checkCsr } = await import("./check-csr.ts");
    yield* checkCsr(server, { ...question, csrFile: csr, isDeep: deep }, entries);
  } catch (error) {
    yield failed(judge(error, server.name, subject).failure.message);
  }
}

/** Without `-P` it is our own certificate that is asked about. */
function callerOf({ credentials }: Access): string {
  return "ticket" in credentials ? credentials.ticket.principal : credentials.user;
}

async function* checkApi(server: IpaServer): AsyncGenerator<CheckLine> {
  const { result, principal, release } = await server.call("env", ["host", "api_version"], { server: true });
  const own = textOf(memberOf(result, "host"));
  const version = textOf(memberOf(result, "api_version")) ?? "?";
  yield ok(`${server.name}: FreeIPA ${release ?? "?"}, API ${version}; takes us for ${principal ?? "?"}`);
  if (own !== undefined && own !== server.url.hostname) {
    yield warning(`${server.name}: calls itself ${own}: use that name, others are refused by newer releases`);
  }
  const { result: isEnabled } = await server.call("ca_is_enabled", []);
  yield isEnabled === true
    ? ok(`${server.name}: this IPA has a CA`)
    : failed(
        `${server.name}: this IPA has no CA: add one on a server with ipa-ca-install, or use another CA`,
      );
}
