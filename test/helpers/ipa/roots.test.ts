import { describe, expect, it } from "vitest";
import type { LdapConnection } from "../../../helpers/ipa/ldap.ts";
import { LdapError } from "../../../helpers/ipa/ldap-error.ts";
import type { LdapEntry, LdapSearch } from "../../../helpers/ipa/ldap-message.ts";
import { type KnownCa, readKnownCas, rootsOf } from "../../../helpers/ipa/roots.ts";
import {
  type Certificate,
  createCertificate,
  randomSerial,
  readCertificate,
} from "../../../src/x509/certificate.ts";
import { generateKey, type KeyPair, spkiDer } from "../../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../../src/x509/names.ts";

const now = new Date("2026-11-23T12:00:00Z");
const rootKey = generateKey("EC-P256");

function certificate(
  subject: string,
  { issuer = subject, key = rootKey, notAfter = "2036-01-01" } = {},
): Certificate {
  return readCertificate(
    createCertificate({
      serial: randomSerial(),
      subjectDer: encodeName(parseSubject(subject)),
      issuerDer: encodeName(parseSubject(issuer)),
      spkiDer: spkiDer(key.publicKey),
      notBefore: new Date("2020-01-01"),
      notAfter: new Date(notAfter),
      extensions: [],
      issuerKey: rootKey.privateKey,
    }),
  );
}

const otherKey: KeyPair = generateKey("EC-P256");
const root = certificate("CN=Root");
const second = certificate("CN=Second");
const intermediate = certificate("CN=Intermediate", { issuer: "CN=Root", key: otherKey });
const expired = certificate("CN=Expired", { notAfter: "2026-11-23" });

const known = (cert: Certificate, trust: KnownCa["trust"] = "trusted", isIpaCa = false): KnownCa => ({
  certificate: cert,
  trust,
  isIpaCa,
});

/** Subjects by nickname. */
function summary(cas: readonly KnownCa[]) {
  const { roots, otherRoots, others } = rootsOf(cas, { realm: "R", now });
  const shown = (list: typeof roots) =>
    list.map(({ nickname, certificate: pem }) => `${nickname}: ${readCertificate(pem).subject}`);
  return { roots: shown(roots), otherRoots: shown(otherRoots), others: shown(others) };
}

describe("the answer to FETCH-ROOTS", () => {
  it.each([
    { name: "nothing known", cas: [], roots: [], others: [] },
    { name: "one CA", cas: [known(root)], roots: ["R IPA CA: CN=Root"], others: [] },
    {
      name: "IPA's own CA comes first, whatever the directory's order",
      cas: [known(second), known(root, "trusted", true)],
      roots: ["R IPA CA: CN=Root", "R IPA CA 2: CN=Second"],
      others: [],
    },
    {
      name: "an IPA CA that an outside root has signed is an other, and the outside root a root",
      cas: [known(intermediate, "trusted", true), known(root)],
      roots: ["R IPA CA: CN=Root"],
      others: ["R IPA CA 2: CN=Intermediate"],
    },
    {
      name: "a CA that IPA has no opinion of is an other",
      cas: [known(root), known(second, "unknown")],
      roots: ["R IPA CA: CN=Root"],
      others: ["R IPA CA 2: CN=Second"],
    },
    {
      name: "distrusted and expired CAs are left out",
      cas: [known(second, "distrusted"), known(expired), known(root)],
      roots: ["R IPA CA: CN=Root"],
      others: [],
    },
    {
      name: "a CA that is there twice is given once",
      cas: [known(root), known(root, "trusted", true)],
      roots: ["R IPA CA: CN=Root"],
      others: [],
    },
  ])("$name", ({ cas, roots, others }) => {
    expect(summary(cas)).toEqual({ roots, otherRoots: [], others });
    expect(summary([...cas].reverse())).toEqual({ roots, otherRoots: [], others });
  });
});

const base = "dc=example,dc=test";

/** A directory with these entries under each base of a search; a base that is not named does not exist. */
function directory(places: Record<string, readonly LdapEntry[]>): LdapConnection {
  return {
    layer: 4,
    async search({ base: at }: LdapSearch) {
      const entries = places[at];
      if (entries === undefined) throw new LdapError(`search of ${at}`, { code: 32, diagnostic: "" });
      return [...entries];
    },
    close: () => {},
  };
}

function entry(name: string, attributes: Record<string, readonly (string | Uint8Array)[]>): LdapEntry {
  const pairs = Object.entries(attributes).map(([key, values]): [string, Uint8Array[]] => [
    key.toLowerCase(),
    values.map((value) => Buffer.from(value)),
  ]);
  return { dn: `cn=${name},cn=certificates,${base}`, attributes: new Map(pairs) };
}

describe("reading the CAs of a directory", () => {
  const certificates = `cn=certificates,cn=ipa,cn=etc,${base}`;
  const oldPlace = `cn=CAcert,cn=ipa,cn=etc,${base}`;
  const der = "cACertificate;binary";

  it("takes what it says about trust, and every value of an entry", async () => {
    const places = {
      [certificates]: [
        entry("ipa", {
          [der]: [root.der, second.der],
          ipaKeyTrust: ["Trusted"],
          ipaConfigString: ["compatCA", "ipaCA"],
        }),
        entry("former", { [der]: [second.der], ipaKeyTrust: ["distrusted"] }),
        entry("silent", { [der]: [intermediate.der] }),
      ],
    };
    const cas = await readKnownCas(directory(places), base);
    expect(cas.map((ca) => [ca.certificate.subject, ca.trust, ca.isIpaCa])).toEqual([
      ["CN=Root", "trusted", true],
      ["CN=Second", "trusted", true],
      ["CN=Second", "distrusted", false],
      ["CN=Intermediate", "unknown", false],
    ]);
  });

  it.each([
    { what: "is not there", places: {} },
    { what: "is empty", places: { [certificates]: [] } },
  ])("falls back to the old place when the new one $what", async ({ places }) => {
    const all = { [base]: [], [oldPlace]: [entry("CAcert", { [der]: [root.der] })], ...places };
    const cas = await readKnownCas(directory(all), base);
    expect(cas.map((ca) => [ca.certificate.subject, ca.trust, ca.isIpaCa])).toEqual([
      ["CN=Root", "trusted", true],
    ]);
  });

  it("passes over what is no certificate, and tells", async () => {
    const told: string[] = [];
    const places = {
      [certificates]: [entry("odd", { [der]: ["nonsense", root.der], ipaKeyTrust: ["trusted"] })],
    };
    const cas = await readKnownCas(directory(places), base, (why) => told.push(why));
    expect(cas.length).toBe(1);
    expect(told).toEqual([expect.stringContaining(`cn=odd,cn=certificates,${base} holds no certificate: `)]);
  });

  it("says that the base DN is wrong when the directory has no such entry", async () => {
    await expect(readKnownCas(directory({}), base)).rejects.toMatchObject({
      name: "HelperFailure",
      status: "unconfigured",
      message: `the directory has no entry ${base}: correct basedn or domain in /etc/ipa/default.conf, or --basedn`,
    });
  });
});
