import { HelperFailure } from "../../protocol/index.ts";
import { serverOf } from "../../src/http/network-error.ts";
import type { Access } from "./access.ts";
import { findMasters } from "./discovery.ts";
import { judge } from "./failure.ts";
import { chooseServerUrl, serverUrl } from "./ipa-config.ts";
import type { IpaServer } from "./json-rpc.ts";
import type { Subject } from "./remedy.ts";

/**
 * Does the work with the first server that can: the configured one, then the CA masters that the directory lists.
 * Servers that were down a short while ago come last. An answer that no other server would change ends the search.
 *
 * @throws {HelperFailure} what the first server said, and beside it what the others did
 */
export async function tryServers<T>(
  access: Access,
  subject: Subject,
  work: (server: IpaServer) => Promise<T>,
): Promise<T> {
  const { memory, context } = access;
  const failures: HelperFailure[] = [];
  for await (const candidate of candidates(access)) {
    if (candidate instanceof HelperFailure) {
      failures.push(candidate);
      continue;
    }
    const name = serverOf(candidate);
    try {
      const result = await work(access.server(candidate));
      await memory.noteUp(name);
      return result;
    } catch (error) {
      if (context.signal.aborted) throw error;
      const { failure, tryOthers, isDown } = judge(error, name, subject);
      context.log.info(`${name}: ${failure.message}`);
      if (isDown) await memory.noteDown(name);
      if (!tryOthers) throw failure;
      failures.push(failure);
    }
  }
  throw together(failures);
}

/** URLs, each once; a URL that is none is a failure in its place. */
async function* candidates(access: Access): AsyncGenerator<URL | HelperFailure> {
  const { settings, memory, context } = access;
  const rested: URL[] = [];
  const first = primaryUrl(access);
  if (first instanceof HelperFailure) yield first;
  else if (first !== undefined && memory.wasDown(serverOf(first))) {
    context.log.info(`${serverOf(first)} was down a short while ago: asking others first`);
    rested.push(first);
  } else if (first !== undefined) yield first;

  const known = first instanceof URL ? first.host : undefined;
  const others = (await findMasters(access))
    .map((name) => serverUrl(name))
    .filter(({ host }) => host !== known);
  for (const url of others) {
    if (memory.wasDown(serverOf(url))) rested.push(url);
    else yield url;
  }
  yield* rested;
  if (first === undefined && others.length === 0) yield noServerKnown(settings.config.size > 0);
}

function primaryUrl({ settings: { options, config } }: Access): URL | HelperFailure | undefined {
  try {
    return chooseServerUrl(options, config);
  } catch (error) {
    if (error instanceof HelperFailure) return error;
    throw error;
  }
}

function noServerKnown(isConfigured: boolean): HelperFailure {
  const why = isConfigured ? "/etc/ipa/default.conf names none" : "this machine is not enrolled in IPA";
  const remedy = "enroll it with ipa-client-install, or name a server with --host";
  return new HelperFailure("unconfigured", `no IPA server is known (${why}): ${remedy}`);
}

function together(failures: readonly HelperFailure[]): HelperFailure {
  const [first, ...others] = failures;
  if (first === undefined) return noServerKnown(false);
  if (others.length === 0) return first;
  const rest = others.map(({ message }) => message).join("; ");
  return new HelperFailure(first.status, `${first.message}; then ${rest}`, { cause: first });
}
