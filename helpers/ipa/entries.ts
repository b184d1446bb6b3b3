import { type Call, type CallOutcome, callTogether } from "./batch.ts";
import { listOf, memberOf, textOf, textsOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import { hostOf, serviceOf, withoutRealm } from "./remedy.ts";

/** Entries of hosts, services and users by principal, with the rights that we have on each. */
export type Entries = ReadonlyMap<string, CallOutcome>;

/**
 * Reads entries. The server shows services and hosts by their first name only, while requests may use an alias as
 * well: those that it does not find are looked for among the aliases (seen on FreeIPA 4.9.11).
 *
 * @param caller the host that asks; among the hosts that it manages aliases can be seen
 */
export async function readEntries(
  server: IpaServer,
  principals: readonly string[],
  caller: string | undefined,
): Promise<Entries> {
  const wanted = [...new Set(principals)];
  const shown = await callAll(server, wanted.map(show));
  const entries = new Map(wanted.map((principal, at) => [principal, shown[at] ?? missing]));
  const lacking = wanted.filter((principal) => isNotFound(entries.get(principal)));
  const names = await firstNames(server, lacking, caller);
  const found = await callAll(
    server,
    names.map(([, name]) => show(name)),
  );
  for (const [at, [principal]] of names.entries()) entries.set(principal, found[at] ?? missing);
  return entries;
}

/** A host, a service or a user, with the rights that we have on it. */
function show(principal: string): Call {
  const options = { all: true, rights: true };
  const service = serviceOf(principal);
  if (service === "") return { method: "user_show", args: [withoutRealm(principal)], options };
  if (service === "host") return { method: "host_show", args: [hostOf(principal)], options };
  return { method: "service_show", args: [principal], options };
}

/** Those of the principals that are aliases, each with the first name of its entry. */
async function firstNames(
  server: IpaServer,
  principals: readonly string[],
  caller: string | undefined,
): Promise<[alias: string, name: string][]> {
  const services = principals.filter((principal) => !["", "host"].includes(serviceOf(principal)));
  const hosts = principals.filter((principal) => serviceOf(principal) === "host");
  const calls: Call[] = services.map((principal) => ({
    method: "service_find",
    args: [],
    options: { krbprincipalname: principal },
  }));
  if (hosts.length > 0 && caller !== undefined) {
    calls.push({ method: "host_find", args: [""], options: { man_by_host: [caller], sizelimit: 0 } });
  }
  const outcomes = await callAll(server, calls);
  const candidates = outcomes.flatMap((outcome) => ("result" in outcome ? listOf(outcome.result) : []));
  return [...services, ...hosts].flatMap((principal): [string, string][] => {
    const entry = candidates.find((one) => namesOf(one).some((name) => isSame(name, principal)));
    const name = textsOf(memberOf(entry, "krbcanonicalname"))[0];
    return name === undefined ? [] : [[principal, name]];
  });
}

/** The server answers an empty batch with an internal error (seen on 4.9.11). */
async function callAll(server: IpaServer, calls: readonly Call[]): Promise<CallOutcome[]> {
  return calls.length === 0 ? [] : await callTogether(server, calls);
}

const missing: CallOutcome = { result: undefined };
const isNotFound = (outcome: CallOutcome | undefined) =>
  outcome !== undefined && "error" in outcome && outcome.error.code === 4001;
const isSame = (one: string, other: string) =>
  withoutRealm(one).toLowerCase() === withoutRealm(other).toLowerCase();

/** All principals of an entry, its aliases among them. */
export const namesOf = (entry: unknown): string[] => textsOf(memberOf(entry, "krbprincipalname"));

/** The right that the server tests before it stores a certificate. */
export function canWrite(entry: unknown): boolean {
  return /w/.test(textOf(memberOf(memberOf(entry, "attributelevelrights"), "usercertificate")) ?? "");
}
