import { FakeIpaError } from "./fake-ipa-error.ts";
import type { FakeIpaMethod } from "./fake-ipa-method.ts";

export const fakeCaId = "17098b56-ac28-4602-aaab-a74ccb30f21c";

/** Entries as the server shows them to `host/client.example.test`: own, managed, and foreign. */
const writable = { usercertificate: "rscwo" };
const readable = { usercertificate: "rsc" };
const entry = (principals: readonly string[], rights: object) => ({
  krbprincipalname: principals.map((principal) => `${principal}@EXAMPLE.TEST`),
  attributelevelrights: rights,
});

const hosts: Readonly<Record<string, object>> = {
  "client.example.test": entry(["host/client.example.test", "host/alias.example.test"], writable),
  "managed.example.test": entry(["host/managed.example.test"], writable),
  "other.example.test": entry(["host/other.example.test"], readable),
};
const services: Readonly<Record<string, object>> = {
  "HTTP/client.example.test": entry(["HTTP/client.example.test"], writable),
  "HTTP/other.example.test": entry(["HTTP/other.example.test"], readable),
};

/** The texts of profiles, in the lines that matter. */
const profiles: Readonly<Record<string, string>> = {
  caIPAserviceCert:
    "auth.instance_id=raCertAuth\npolicyset.set.3.constraint.params.keyType=RSA\npolicyset.set.3.constraint.params.keyParameters=2048,3072,4096\n",
  agent: "classId=caEnrollImpl\n",
};

/** The reading methods that tell a host what it may ask for. */
export const fakeDirectory: Readonly<Record<string, FakeIpaMethod>> = {
  env: () => ({ result: { host: "localhost", api_version: "2.254" }, count: 2, total: 120 }),
  ca_is_enabled: () => ({ result: true, value: null, summary: null }),
  host_show: ([name]) => found(hosts[String(name)], `${name}: host not found`),
  service_show: ([name]) => found(services[String(name).replace(/@.*/, "")], `${name}: service not found`),
  user_show: ([name]) => found(undefined, `${name}: user not found`),
  certprofile_show([name]) {
    const text = profiles[String(name)];
    const config = { __base64__: Buffer.from(text ?? "").toString("base64") };
    return found(
      text === undefined ? undefined : { cn: [name], config },
      `${name}: Certificate Profile not found`,
    );
  },
  caacl_find: () => ({
    result: [
      {
        cn: ["hosts_services_caIPAserviceCert"],
        ipaenabledflag: [true],
        hostcategory: ["all"],
        servicecategory: ["all"],
        ipamembercertprofile_certprofile: ["caIPAserviceCert"],
      },
    ],
    count: 1,
    truncated: false,
  }),
};

function found(result: object | undefined, reason: string): object {
  if (result === undefined) throw new FakeIpaError(4001, "NotFound", reason, { reason });
  return { result, summary: null };
}
