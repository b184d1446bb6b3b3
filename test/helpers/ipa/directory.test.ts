import { describe, expect, it } from "vitest";
import { baseDnOf, findCaMasters, readBaseDn } from "../../../helpers/ipa/directory.ts";
import type { LdapConnection } from "../../../helpers/ipa/ldap.ts";
import type { LdapEntry } from "../../../helpers/ipa/ldap-message.ts";

const directory = (...entries: LdapEntry[]): LdapConnection => ({
  layer: 4,
  search: async () => entries,
  close: () => {},
});

const entry = (dn: string, attributes: Record<string, string> = {}): LdapEntry => ({
  dn,
  attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, [Buffer.from(value)]])),
});

describe("a base DN", () => {
  it.each([
    ["example.test", "dc=example,dc=test"],
    ["Sub.Example.test.", "dc=Sub,dc=Example,dc=test"],
  ])("of the domain %s is %s", (domain, dn) => {
    expect(baseDnOf(domain)).toBe(dn);
  });

  it("is the directory's default one before the first of all", async () => {
    expect(
      await readBaseDn(directory(entry("", { namingcontexts: "o=ipaca", defaultnamingcontext: "dc=x" }))),
    ).toBe("dc=x");
    expect(await readBaseDn(directory(entry("", { namingcontexts: "dc=y" })))).toBe("dc=y");
    expect(await readBaseDn(directory(entry("")))).toBeUndefined();
    expect(await readBaseDn(directory())).toBeUndefined();
  });
});

it("the CA masters are the servers whose CA service is enabled", async () => {
  const masters = "cn=masters,cn=ipa,cn=etc,dc=example,dc=test";
  const found = directory(
    entry(`cn=CA,cn=ipa.example.test,${masters}`),
    entry(`CN=CA, CN=replica-2.example.test, ${masters}`),
    entry(`cn=CA,ou=odd,${masters}`),
  );
  expect(await findCaMasters(found, "dc=example,dc=test")).toEqual([
    "ipa.example.test",
    "replica-2.example.test",
  ]);
});
