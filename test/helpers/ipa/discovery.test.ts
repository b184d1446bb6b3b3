import { describe, expect, it } from "vitest";
import type { Context } from "../../../helpers/ipa/access.ts";
import { baseDn, type DirectoryAccess, withDirectory } from "../../../helpers/ipa/discovery.ts";
import type { LdapConnection } from "../../../helpers/ipa/ldap.ts";
import { LdapError } from "../../../helpers/ipa/ldap-error.ts";
import type { IpaOptions } from "../../../helpers/ipa/options.ts";
import { HelperFailure } from "../../../protocol/index.ts";
import { NetworkError } from "../../../src/http/network-error.ts";
import { fakeKerberos } from "../../../src/testing/servers/fake-kerberos.ts";

const options: IpaOptions = {
  ...{ host: undefined, domain: undefined, xmlrpcUrl: undefined, jsonrpcUrl: undefined, ldapUrl: undefined },
  ...{ capath: undefined, cafile: undefined, keytabName: undefined, submitterPrincipal: undefined },
  ...{
    useCcacheCreds: false,
    uid: undefined,
    pwd: undefined,
    pwdfile: undefined,
    csr: undefined,
    deep: false,
  },
  ...{ principalOfRequest: undefined, profile: undefined, issuer: undefined, basedn: undefined },
  ...{ add: true, dropUnknown: false, stateDirectory: "/nowhere" },
};
const log = { error() {}, warn() {}, info() {}, debug() {} };
const { signal } = new AbortController();
const context: Context = { options, log, signal, now: () => new Date(), resumeWith() {} };
const record = (name: string, priority: number) => ({ name, port: 389, priority, weight: 1 });

/** A connection that knows what it is connected to, and whether it was closed. */
function connection(url: URL, closed: string[]): LdapConnection & { readonly host: string } {
  return { host: url.host, layer: 4, search: async () => [], close: () => void closed.push(url.host) };
}

async function tryDirectories({
  config = {},
  srv = [],
  fails = () => undefined,
}: {
  config?: Record<string, string>;
  srv?: ReturnType<typeof record>[];
  fails?: (host: string) => Error | undefined;
}) {
  const tried: string[] = [];
  const closed: string[] = [];
  const asked: string[] = [];
  const access: DirectoryAccess = {
    settings: { options, config: new Map(Object.entries(config)), login: { by: "ccache" } },
    context,
    trust: { certificates: [], withSystem: false },
    credentials: { ticket: await fakeKerberos("host/c.test@X.TEST").defaultTicket() },
    machine: {
      ...{ ipaConfigFile: "", ipaCaFile: "", loadKerberos: async () => fakeKerberos("host/c.test@X.TEST") },
      hideMemory: async () => {},
      async openDirectory({ url }) {
        tried.push(url.host);
        const error = fails(url.host);
        if (error !== undefined) throw error;
        return connection(url, closed);
      },
      async resolveSrv(name) {
        asked.push(name);
        if (srv.length === 0) throw Object.assign(new Error("no records"), { code: "ENODATA" });
        return srv;
      },
    },
  };
  const outcome = await withDirectory(access, async (_, url) => url.host).catch((error: unknown) => error);
  return { tried, closed, asked, outcome };
}

const refused = (host: string) => new NetworkError("connect", host, "ECONNREFUSED", "refused");

describe("the directory", () => {
  it("is the configured one, without a look at DNS", async () => {
    const { outcome, asked, closed } = await tryDirectories({
      config: { server: "s.test", domain: "x.test" },
    });
    expect({ outcome, asked, closed }).toEqual({ outcome: "s.test", asked: [], closed: ["s.test"] });
  });

  it("is the first of the domain's that answers, by priority, when the configured one does not", async () => {
    const { outcome, tried, asked } = await tryDirectories({
      config: { server: "s.test", domain: "x.test" },
      srv: [record("c.test.", 20), record("a.test.", 0), record("b.test.", 10)],
      fails: (host) => (/^(s|a)\./.test(host) ? refused(host) : undefined),
    });
    expect(asked).toEqual(["_ldap._tcp.x.test"]);
    expect(tried.map((host) => host.replace(":389", ""))).toEqual(["s.test", "a.test", "b.test"]);
    expect(outcome).toMatch(/^b\.test/);
  });

  it("is one of DNS when only the domain is known", async () => {
    const { outcome } = await tryDirectories({ config: { domain: "x.test" }, srv: [record("a.test", 0)] });
    expect(outcome).toMatch(/^a\.test/);
  });

  it("is none: says what the first one said", async () => {
    const { outcome } = await tryDirectories({
      config: { server: "s.test", domain: "x.test" },
      srv: [record("a.test", 0)],
      fails: (host) =>
        host === "s.test" ? new LdapError("bind", { code: 49, diagnostic: "" }) : refused(host),
    });
    expect(outcome).toBeInstanceOf(LdapError);
  });

  it("is not looked for any further when the configuration is wrong", async () => {
    const wrong = new HelperFailure("unconfigured", "no such base DN");
    const { outcome, tried } = await tryDirectories({
      config: { server: "s.test", domain: "x.test" },
      srv: [record("a.test", 0)],
      fails: () => wrong,
    });
    expect({ outcome, tried }).toEqual({ outcome: wrong, tried: ["s.test"] });
  });

  it("is not known at all: says where to name one", async () => {
    const { outcome } = await tryDirectories({ config: {} });
    expect(outcome).toMatchObject({ status: "unconfigured", message: expect.stringContaining("--ldap-url") });
  });
});

describe("the base DN", () => {
  const settings = (config: Record<string, string>, more: Partial<IpaOptions> = {}) => ({
    options: { ...options, ...more },
    config: new Map(Object.entries(config)),
    login: { by: "ccache" } as const,
  });
  const directory = connection(new URL("ldap://s.test"), []);
  it.each([
    { from: "--basedn", given: settings({ basedn: "dc=conf" }, { basedn: "dc=option" }), dn: "dc=option" },
    { from: "default.conf", given: settings({ basedn: "dc=conf", domain: "x.test" }), dn: "dc=conf" },
    { from: "the domain", given: settings({ domain: "x.test" }), dn: "dc=x,dc=test" },
  ])("comes from $from", async ({ given, dn }) => {
    expect(await baseDn(given, directory)).toBe(dn);
  });
  it("is asked for when nobody names it", async () => {
    await expect(baseDn(settings({}), directory)).rejects.toMatchObject({ status: "unconfigured" });
  });
});
