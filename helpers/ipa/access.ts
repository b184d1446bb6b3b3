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
  const { capath, stateDirectory, pwd } = settings.options;
  if (pwd !== undefined) log.warn("-W: every process can see the password; use -w and a file");
  const files = settings.caFile === undefined ? [] : [settings.caFile];
  const readingTrust = readTrust({
    files,
    withSystem: true,
    ...(capath !== undefined && { directory: capath }),
  });
  const opening = openCredentials(settings.login, machine, signal);
  // Whoever waits for both is told of the ticket first, as by certmonger's own helper.
  readingTrust.catch(() => {});
  let http: HttpClient | undefined;
  let credentials: Credentials | undefined;
  try {
    const preparing = prepare(settings, readingTrust);
    preparing.catch(() => {});
    credentials = await opening;
    const trust = await readingTrust;
    http = await preparing;
    const memory = await openServerMemory(stateDirectory, context.now, (why) =>
      log.warn(`which servers are down is not remembered: ${why}`),
    );
    const common = { http, credentials, signal, log };
    return await work({
      ...{ settings, machine, context, trust, memory, ...common },
      server: (url) => new IpaServer({ url, ...common }),
    });
  } catch (error) {
    throw explain(error);
  } finally {
    http?.close();
    if (credentials !== undefined && "ticket" in credentials) credentials.ticket.release();
  }
}

async function prepare({ options, config }: Settings, readingTrust: Promise<Trust>): Promise<HttpClient> {
  const http = createHttpClient({
    trust: await readingTrust,
    environment: process.env,
    connectTimeoutMs: 10_000,
    replyTimeoutMs: 100_000,
  });
  try {
    const url = chooseServerUrl(options, config);
    if (url !== undefined) http.prepare(url);
  } catch {
    // A URL that is none is reported when it is its turn.
  }
  return http;
}
