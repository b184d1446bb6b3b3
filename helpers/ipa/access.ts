import { createHttpClient, type HttpClient } from "../../src/http/client.ts";
import { readTrust, type Trust } from "../../src/http/trust.ts";
import type { HelperContext } from "../../src/sdk/helper.ts";
import { explain } from "./failure.ts";
import { chooseServerUrl } from "./ipa-config.ts";
import { IpaServer } from "./json-rpc.ts";
import { type Credentials, openCredentials } from "./login.ts";
import type { Machine } from "./machine.ts";
import type { options } from "./options.ts";
import { openServerMemory, type ServerMemory } from "./server-memory.ts";
import type { Settings } from "./settings.ts";

export type Context = HelperContext<typeof options>;

/** All that one run needs to talk to servers: who is asking, whom to trust, what earlier runs learned. */
export interface Access {
  readonly settings: Settings;
  readonly machine: Machine;
  readonly context: Context;
  readonly trust: Trust;
  readonly http: HttpClient;
  readonly credentials: Credentials;
  readonly memory: ServerMemory;
  server(url: URL): IpaServer;
}

/**
 * Logs in at the KDC and does the work. The connection to the first server begins meanwhile; tickets and connections
 * end with the work.
 *
 * @throws {HelperFailure}
 */
export async function withAccess<T>(
  settings: Settings,
  machine: Machine,
  context: Context,
  work: (access: Access) => Promise<T>,
): Promise<T> {
  const { signal, log } = context;
  if (settings.options.pwd !== undefined)
    log.warn("-W: every process can see the password; use -w and a file");
  let connecting: Promise<Connection> | undefined;
  // Not before the KDC is asked: what this thread does for TLS takes as long as the KDC's answer.
  const connect = () => {
    connecting ??= prepare(settings, machine);
    connecting.catch(() => {});
    return connecting;
  };
  let credentials: Credentials | undefined;
  try {
    // Whoever waits for both is told of the ticket first, as by certmonger's own helper.
    credentials = await openCredentials(settings.login, machine, signal, connect);
    const { trust, http } = await connect();
    return await work(await assemble({ settings, machine, context, trust, http, credentials }));
  } catch (error) {
    throw explain(error);
  } finally {
    connecting?.then(({ http }) => http.close()).catch(() => {});
    if (credentials !== undefined) release(credentials);
  }
}

/** Whom to trust: the CA of the options or of the IPA client, and the system's. @throws {NetworkError} */
export async function readTrustOf({ options: { capath }, caFile }: Settings): Promise<Trust> {
  return await readTrust({
    files: caFile === undefined ? [] : [caFile],
    withSystem: true,
    ...(capath !== undefined && { directory: capath }),
  });
}

/** Puts an access together from its parts; who made them ends them. */
export async function assemble(
  parts: Pick<Access, "settings" | "machine" | "context" | "trust" | "http" | "credentials">,
): Promise<Access> {
  const { settings, context, http, credentials } = parts;
  const { signal, log } = context;
  const memory = await openServerMemory(settings.options.stateDirectory, context.now, (why) =>
    log.warn(`which servers are down is not remembered: ${why}`),
  );
  return { ...parts, memory, server: (url) => new IpaServer({ url, http, credentials, signal, log }) };
}

export function release(credentials: Credentials): void {
  if ("ticket" in credentials) credentials.ticket.release();
}

export function createClient(trust: Trust, { onlyAddressOf }: Pick<Machine, "onlyAddressOf">): HttpClient {
  return createHttpClient({
    trust,
    ...(onlyAddressOf !== undefined && { onlyAddressOf }),
    environment: process.env,
    connectTimeoutMs: 10_000,
    replyTimeoutMs: 100_000,
  });
}

interface Connection {
  readonly trust: Trust;
  readonly http: HttpClient;
}

/** Begins to connect to the first server. @throws {NetworkError} */
async function prepare(settings: Settings, machine: Machine): Promise<Connection> {
  const { options, config } = settings;
  const trust = await readTrustOf(settings);
  const http = createClient(trust, machine);
  try {
    const url = chooseServerUrl(options, config);
    if (url !== undefined) http.prepare(url);
  } catch {
    // A URL that is none is reported when it is its turn.
  }
  return { trust, http };
}
