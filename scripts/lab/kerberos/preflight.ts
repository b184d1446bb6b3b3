/**
 * What the lab's backend answers to the questions of `ipa-submit --check`: the entries, profiles, CAs and CA ACLs of
 * the fake IPA server, whose shapes were recorded from a real one.
 *
 * Faults, as in `/ipa/x/FAULT/json`: `noca` (this IPA has no CA), `othername` (the server calls itself otherwise), `dns`
 * (IPA has a DNS of its own).
 */
import { fakeAuthorities, fakeDirectory } from "../../../src/testing/servers/fake-ipa-directory.ts";
import { FakeIpaEntries } from "../../../src/testing/servers/fake-ipa-entries.ts";
import { FakeIpaError } from "../../../src/testing/servers/fake-ipa-error.ts";
import type { FakeIpaMethod } from "../../../src/testing/servers/fake-ipa-method.ts";
import { answerBatch, methodsOfEntries } from "../../../src/testing/servers/fake-ipa-methods.ts";

/** What the backend issued. */
export const entries = new FakeIpaEntries();

export const preflightFaults: readonly string[] = ["noca", "othername", "dns"];

/** @param host the server's name in the URL, which is its own */
export function preflightMethods(
  host: string,
  fault: string | undefined,
): Readonly<Record<string, FakeIpaMethod>> {
  const own = fault === "othername" ? "ipa1.example.test" : host;
  const methods: Record<string, FakeIpaMethod> = {
    ...fakeDirectory,
    ...methodsOfEntries(entries),
    env: () => ({ result: { host: own, api_version: "2.254" }, count: 2, total: 120 }),
    ca_is_enabled: () => ({ result: fault !== "noca", value: null, summary: null }),
    dns_is_enabled: () => ({ result: fault === "dns", value: null, summary: null }),
  };
  return {
    ...methods,
    batch: (args) =>
      answerBatch(args, (name, given, options) => {
        const method = methods[name];
        if (method === undefined) throw new FakeIpaError(905, "CommandError", `unknown command '${name}'`);
        return method(given, options, "");
      }),
  };
}

/** The page of the CA behind the server; the replica's CA is down. */
export function authoritiesPage(host: string): { readonly status: number; readonly body: unknown } {
  return host.startsWith("replica.") ? { status: 503, body: "" } : { status: 200, body: fakeAuthorities };
}
