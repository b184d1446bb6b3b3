import { FakeIpaError } from "./fake-ipa-error.ts";
import type { FakeIpaMethod } from "./fake-ipa-method.ts";

export const fakeCaId = "17098b56-ac28-4602-aaab-a74ccb30f21c";
const pausedCaId = "9895f280-bb32-4747-9e77-b2108f67031d";

/** `/ca/rest/authorities`, which the CA behind the server shows to everybody. */
export const fakeAuthorities = [
  { id: fakeCaId, dn: "CN=Certificate Authority,O=EXAMPLE.TEST", enabled: true, ready: true },
  { id: pausedCaId, dn: "CN=Paused Authority,O=EXAMPLE.TEST", enabled: false, ready: true },
];

/** Entries as the server shows them to `host/client.example.test`: own, managed, and foreign. */
const writable = { usercertificate: "rscwo" };
const readable = { usercertificate: "rsc" };
const inRealm = (principal: string) => `${principal}@EXAMPLE.TEST`;

/** The first principal is the entry's own, the others are its aliases. */
function entry(principals: readonly string[], rights: object, more: object = {}): object {
  return {
    krbprincipalname: principals.map(inRealm),
    krbcanonicalname: principals.slice(0, 1).map(inRealm),
    attributelevelrights: rights,
    ...more,
  };
}

const hosts: Readonly<Record<string, object>> = {
  "client.example.test": entry(["host/client.example.test", "host/alias.example.test"], writable, {
    fqdn: ["client.example.test"],
    memberof_hostgroup: ["web"],
  }),
  "managed.example.test": entry(["host/managed.example.test"], writable, { fqdn: ["managed.example.test"] }),
  "other.example.test": entry(["host/other.example.test"], readable, { fqdn: ["other.example.test"] }),
};
const services: Readonly<Record<string, object>> = {
  "HTTP/client.example.test": entry(["HTTP/client.example.test", "HTTP/www.example.test"], writable),
  "HTTP/managed.example.test": entry(["HTTP/managed.example.test"], writable),
  "HTTP/other.example.test": entry(["HTTP/other.example.test", "HTTP/shop.example.test"], readable),
  // Too many certificates are kept in its entry.
  "imap/client.example.test": entry(["imap/client.example.test"], writable, {
    usercertificate: Array.from({ length: 60 }, () => ({ __base64__: "MIIC" })),
  }),
};

const users: Readonly<Record<string, object>> = {
  alice: entry(["alice"], readable, {
    uid: ["alice"],
    mail: ["alice@example.test"],
    memberof_group: ["staff"],
  }),
};

/** The texts of profiles, in the lines that matter. */
const profiles: Readonly<Record<string, string>> = {
  caIPAserviceCert:
    "auth.instance_id=raCertAuth\npolicyset.set.3.constraint.params.keyType=RSA\npolicyset.set.3.constraint.params.keyParameters=2048,3072,4096\n",
  agent: "classId=caEnrollImpl\n",
};

const cas: Readonly<Record<string, object>> = {
  ipa: { cn: ["ipa"], ipacaid: [fakeCaId], ipacasubjectdn: ["CN=Certificate Authority,O=EXAMPLE.TEST"] },
  paused: { cn: ["paused"], ipacaid: [pausedCaId], ipacasubjectdn: ["CN=Paused Authority,O=EXAMPLE.TEST"] },
};

/** The entry of a CA; @throws {FakeIpaError} for one that is not there */
export const fakeCa = (name: unknown): object =>
  found(cas[String(name)], `${name}: Certificate Authority not found`).result;

/** The reading methods that tell a host what it may ask for. */
export const fakeDirectory: Readonly<Record<string, FakeIpaMethod>> = {
  env: () => ({ result: { host: "localhost", api_version: "2.254" }, count: 2, total: 120 }),
  ca_is_enabled: () => ({ result: true, value: null, summary: null }),
  dns_is_enabled: () => ({ result: false, value: null, summary: null }),
  host_show: ([name]) => found(hosts[String(name).toLowerCase()], `${name}: host not found`),
  service_show: ([name]) => found(services[String(name).replace(/@.*/, "")], `${name}: service not found`),
  user_show: ([name]) => found(users[String(name)], `${name}: user not found`),
  host_find: (_, { man_by_host: by }) =>
    listed(
      ["client.example.test", "managed.example.test"]
        .filter(() => String(by) === "client.example.test")
        .map((name) => hosts[name] ?? {}),
    ),
  service_find: (_, { krbprincipalname: wanted }) =>
    listed(
      Object.values(services).filter(
        (service) =>
          "krbprincipalname" in service &&
          Array.isArray(service.krbprincipalname) &&
          service.krbprincipalname.includes(inRealm(String(wanted).replace(/@.*/, ""))),
      ),
    ),
  ca_show: ([name]) => ({ result: fakeCa(name), value: name, summary: null }),
  certprofile_show([name]) {
    const text = profiles[String(name)];
    const config = { __base64__: Buffer.from(text ?? "").toString("base64") };
    return found(
      text === undefined ? undefined : { cn: [name], config, ipacertprofilestoreissued: [true] },
      `${name}: Certificate Profile not found`,
    );
  },
  caacl_find: () =>
    listed([
      {
        cn: ["hosts_services_caIPAserviceCert"],
        ipaenabledflag: [true],
        hostcategory: ["all"],
        servicecategory: ["all"],
        ipamemberca_ca: ["ipa", "paused"],
        ipamembercertprofile_certprofile: ["caIPAserviceCert"],
      },
    ]),
};

function found(result: object | undefined, reason: string): { result: object } {
  if (result === undefined) throw new FakeIpaError(4001, "NotFound", reason, { reason });
  return { result };
}

const listed = (result: readonly object[]) => ({ result, count: result.length, truncated: false });
