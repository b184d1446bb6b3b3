import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { judge } from "../../../helpers/self-sign/judge.ts";
import { openProfile, type Profile } from "../../../helpers/self-sign/policy.ts";
import { describeSubjectKey } from "../../../helpers/self-sign/subject-key.ts";
import { submit } from "../../../helpers/self-sign/submit.ts";
import { encodeDer, Tag } from "../../../src/x509/asn1.ts";
import { bitString, nullValue, oid, primitive, sequence, smallInteger } from "../../../src/x509/asn1-make.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { type CsrOptions, createCsr, readCsr, verifyCsr } from "../../../src/x509/csr.ts";
import {
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  extensionOid,
  keyPurpose,
} from "../../../src/x509/extensions.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import { makeContext, requestFor } from "./support/context.ts";

const keyPair = generateKey("EC-P256");

/** Why a CSR is refused, `undefined` when it is not; for `www.example.test` where nothing else is said. */
function refusal(csr: Partial<CsrOptions>, profile: Partial<Profile> = {}, title = 'profile "web"') {
  const parsed = readCsr(createCsr({ subject: "CN=www.example.test", keyPair, ...csr }));
  return judge(parsed, describeSubjectKey(parsed.spkiDer), {
    title,
    profile: { ...openProfile, ...profile },
  });
}

const weakRsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
const strangeEc = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
const dsa = generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 });
const ca = encodeBasicConstraints({ ca: true });
const names = {
  dns: ["*.example.test"],
  ip: ["192.0.2.0/24"],
  email: ["*@Example.test"],
  principal: ["host/*@EXAMPLE.TEST"],
};

describe("without a policy", () => {
  const refused = [
    { name: "a CA certificate", csr: { extensions: [ca] }, why: "a CA certificate (rule ca)" },
    {
      name: "the right to sign certificates",
      csr: { extensions: [encodeKeyUsage(["keyCertSign"])] },
      why: "key usage keyCertSign without a CA certificate (rule ca)",
    },
    {
      name: "name constraints",
      csr: { extensions: [{ oid: "2.5.29.30", critical: true, valueDer: Buffer.of(0x30, 0) }] },
      why: "name constraints without a CA certificate (rule ca)",
    },
    {
      name: "a weak RSA key",
      csr: { keyPair: weakRsa },
      why: "the key (RSA, 1024 bits) (rule minimumRsaBits 2048)",
    },
    {
      name: "an EC key on a curve of its own",
      csr: { keyPair: strangeEc },
      why: "the key (EC on 1.3.132.0.10) (rule keyTypes)",
    },
    {
      name: "every purpose there is",
      csr: { extensions: [encodeExtKeyUsage(["2.5.29.37.0"])] },
      why: "purpose anyExtendedKeyUsage (rule extKeyUsages)",
    },
    {
      name: "to sign for the CA's OCSP",
      csr: { extensions: [encodeExtKeyUsage([keyPurpose.ocspSigning])] },
      why: "purpose OCSPSigning (rule extKeyUsages)",
    },
    { name: "no name at all", csr: { subject: "" }, why: "a certificate without any name (rule names)" },
    {
      name: "a list of names with nothing in it",
      csr: {
        extensions: [{ oid: extensionOid.subjectAltName, critical: false, valueDer: Buffer.of(0x30, 0) }],
      },
      why: "a list of names with nothing in it (rule names)",
    },
    {
      name: "a list of key usages with nothing in it",
      csr: { extensions: [{ oid: extensionOid.keyUsage, critical: true, valueDer: Buffer.of(3, 1, 0) }] },
      why: "a list of key usages with nothing in it (rule keyUsages)",
    },
    {
      name: "a list of purposes with nothing in it",
      csr: { extensions: [{ oid: extensionOid.extKeyUsage, critical: false, valueDer: Buffer.of(0x30, 0) }] },
      why: "a list of purposes with nothing in it (rule extKeyUsages)",
    },
    {
      name: "a DNS name with a blank",
      csr: { subjectAltNames: [{ type: "dns", value: "a b" }] },
      why: 'DNS name "a b" (rule names.dns)',
    },
    {
      name: "a DNS name with a NUL",
      csr: { subjectAltNames: [{ type: "other", der: Buffer.from("820561002e6575", "hex") }] },
      why: 'name "other:820561002e6575" (rule names.other)',
    },
    {
      name: "a principal with a control character beyond ASCII",
      csr: { subjectAltNames: [{ type: "upn", value: "a\u009bb" }] },
      why: 'principal "a\u009bb" (rule names.principal)',
    },
    {
      name: "a DNS name in pieces, which OpenSSL puts together",
      csr: { subjectAltNames: [{ type: "other", der: Buffer.from("a2071605632e746573", "hex") }] },
      why: 'name "other:a2071605632e746573" (rule names.other)',
    },
    {
      name: "a name that is no GeneralName",
      csr: { subjectAltNames: [{ type: "other", der: Buffer.from("0c0161", "hex") }] },
      why: 'name "other:0c0161" (rule names.other)',
    },
  ] satisfies { name: string; csr: Partial<CsrOptions>; why: string }[];
  it.each(refused)("$name is refused", ({ csr, why }) => {
    expect(refusal(csr, {}, "the default rules")).toBe(`the default rules do not allow ${why}`);
  });

  it.each([1, 2])("an RSA key with exponent %i, with which everybody can sign, is refused", (exponent) => {
    const csr = readCsr(createCsr({ subject: "CN=a", keyPair }));
    const modulus = primitive(Tag.integer, Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0x81)]));
    const key = encodeDer(sequence(modulus, smallInteger(exponent)));
    const spki = sequence(sequence(oid("1.2.840.113549.1.1.1"), nullValue()), bitString(key));
    expect(
      judge(csr, describeSubjectKey(encodeDer(spki)), { title: "the default rules", profile: openProfile }),
    ).toBe(`the default rules do not allow the key (RSA with exponent ${exponent}) (rule keyTypes)`);
  });

  it("a DSA key is refused", () => {
    const csr = readCsr(createCsr({ subject: "CN=a", keyPair }));
    const spkiDer = dsa.publicKey.export({ type: "spki", format: "der" });
    expect(
      judge(csr, describeSubjectKey(spkiDer), { title: "the default rules", profile: openProfile }),
    ).toBe("the default rules do not allow the key (DSA) (rule keyTypes)");
  });

  const allowed = [
    {
      name: "any name",
      csr: {
        subjectAltNames: [
          { type: "dns", value: "*.anything.test" },
          { type: "uri", value: "urn:x" },
        ],
      },
    },
    {
      name: "usual purposes and rare ones",
      csr: { extensions: [encodeExtKeyUsage([keyPurpose.serverAuth, keyPurpose.clientAuth, "1.2.3.4"])] },
    },
    {
      name: "an extension that is unknown",
      csr: { extensions: [{ oid: "1.2.3.4", critical: true, valueDer: Buffer.of(5, 0) }] },
    },
    { name: "an ML-DSA key", csr: { keyPair: generateKeyPairSync("ml-dsa-65") } },
    { name: "an Ed448 key", csr: { keyPair: generateKeyPairSync("ed448") } },
  ] satisfies { name: string; csr: Partial<CsrOptions> }[];
  it.each(allowed)("$name is allowed", ({ csr }) => {
    expect(refusal(csr, {}, "the default rules")).toBeUndefined();
  });
});

describe("a profile", () => {
  const refused = [
    {
      rule: "keyTypes",
      profile: { keyTypes: ["RSA"] },
      csr: {},
      why: "the key (EC-P256) (rule keyTypes)",
    },
    {
      rule: "minimumRsaBits",
      profile: { minimumRsaBits: 3072 },
      csr: { keyPair: generateKey("RSA-2048") },
      why: "the key (RSA, 2048 bits) (rule minimumRsaBits 3072)",
    },
    {
      rule: "names.dns",
      profile: { names },
      csr: { subjectAltNames: [{ type: "dns", value: "www.evil.test" }] },
      why: 'DNS name "www.evil.test" (rule names.dns)',
    },
    {
      rule: "names.ip",
      profile: { names },
      csr: { subjectAltNames: [{ type: "ip", value: "198.51.100.1" }] },
      why: 'IP address "198.51.100.1" (rule names.ip)',
    },
    {
      rule: "names.email",
      profile: { names },
      csr: { subjectAltNames: [{ type: "email", value: "a@evil.test" }] },
      why: 'e-mail address "a@evil.test" (rule names.email)',
    },
    {
      rule: "names.principal",
      profile: { names },
      csr: { subjectAltNames: [{ type: "principal", value: "HTTP/a@EXAMPLE.TEST" }] },
      why: 'principal "HTTP/a@EXAMPLE.TEST" (rule names.principal)',
    },
    {
      rule: "names.principal for a UPN",
      profile: { names },
      csr: { subjectAltNames: [{ type: "upn", value: "root@EXAMPLE.TEST" }] },
      why: 'principal "root@EXAMPLE.TEST" (rule names.principal)',
    },
    {
      rule: "a kind of name that is not listed",
      profile: { names },
      csr: { subjectAltNames: [{ type: "uri", value: "urn:x" }] },
      why: 'URI "urn:x" (rule names.uri)',
    },
    {
      rule: "names for the common name",
      profile: { names },
      csr: { subject: "CN=www.evil.test" },
      why: 'common name "www.evil.test" (rule names.commonName)',
    },
    {
      rule: "names.commonName",
      profile: { names: { ...names, commonName: ["Lab *"] } },
      csr: {},
      why: 'common name "www.example.test" (rule names.commonName)',
    },
    {
      rule: "names.email for the subject",
      profile: { names },
      csr: { subject: "CN=www.example.test,emailAddress=a@evil.test" },
      why: 'e-mail address "a@evil.test" (rule names.email)',
    },
    {
      rule: "subject",
      profile: { subject: new Map([["2.5.4.10", ["Lab", "Lab *"]]]) },
      csr: { subject: "CN=a,O=system:masters" },
      why: 'O "system:masters" (rule subject.O)',
    },
    {
      rule: "an attribute of the subject that is not listed",
      profile: { subject: new Map([["2.5.4.10", ["Lab"]]]) },
      csr: { subject: "CN=a,OU=Web,O=Lab" },
      why: 'OU "Web" (rule subject.OU)',
    },
    {
      rule: "wildcards",
      profile: { names, wildcards: false },
      csr: { subjectAltNames: [{ type: "dns", value: "*.example.test" }] },
      why: 'DNS name "*.example.test" (rule wildcards)',
    },
    {
      rule: "keyUsages",
      profile: { keyUsages: ["digitalSignature"] },
      csr: { extensions: [encodeKeyUsage(["digitalSignature", "keyEncipherment"])] },
      why: "key usage keyEncipherment (rule keyUsages)",
    },
    {
      rule: "extKeyUsages",
      profile: { extKeyUsages: [keyPurpose.serverAuth] },
      csr: { extensions: [encodeExtKeyUsage([keyPurpose.serverAuth, keyPurpose.clientAuth])] },
      why: "purpose clientAuth (rule extKeyUsages)",
    },
    {
      rule: "extensions",
      profile: { extensions: ["1.2.3.5"] },
      csr: { extensions: [{ oid: "1.2.3.4", critical: false, valueDer: Buffer.of(5, 0) }] },
      why: "extension 1.2.3.4 (rule extensions)",
    },
    { rule: "ca", profile: {}, csr: { extensions: [ca] }, why: "a CA certificate (rule ca)" },
    {
      rule: "ca.pathLength",
      profile: { ca: { pathLength: 1 } },
      csr: { extensions: [encodeBasicConstraints({ ca: true, pathLength: 2 })] },
      why: "path length 2 (rule ca.pathLength 1)",
    },
  ] satisfies { rule: string; profile: Partial<Profile>; csr: Partial<CsrOptions>; why: string }[];
  it.each(refused)("refuses by $rule", ({ profile, csr, why }) => {
    expect(refusal(csr, profile)).toBe(`profile "web" does not allow ${why}`);
  });

  const allowed = [
    {
      name: "its names, whatever the letter case of hosts",
      profile: { names },
      csr: {
        subject: "CN=WWW.Example.Test",
        subjectAltNames: [
          { type: "dns", value: "WWW.EXAMPLE.TEST" },
          { type: "ip", value: "192.0.2.9" },
          { type: "email", value: "Some.One@EXAMPLE.TEST" },
          { type: "principal", value: "host/a@EXAMPLE.TEST" },
          { type: "upn", value: "host/a@EXAMPLE.TEST" },
        ],
      },
    },
    {
      name: "the attributes of its subject, beside which names have rules of their own",
      profile: { subject: new Map([["2.5.4.10", ["Lab *"]]]) },
      csr: { subject: "CN=a,emailAddress=a@example.test,O=Lab of Anything" },
    },
    {
      name: "a common name that is an address of its range",
      profile: { names },
      csr: { subject: "CN=192.0.2.7" },
    },
    {
      name: "its wildcards",
      profile: { names, wildcards: true },
      csr: { subjectAltNames: [{ type: "dns", value: "*.example.test" }] },
    },
    {
      name: "a purpose that only a profile allows",
      profile: { extKeyUsages: [keyPurpose.ocspSigning] },
      csr: { extensions: [encodeExtKeyUsage([keyPurpose.ocspSigning])] },
    },
    {
      name: "a CA where it says so",
      profile: { ca: { pathLength: 1 } },
      csr: {
        extensions: [
          encodeBasicConstraints({ ca: true, pathLength: 1 }),
          encodeKeyUsage(["keyCertSign", "cRLSign"]),
        ],
      },
    },
    {
      name: "key identifiers and names, which have rules of their own, beside its list of extensions",
      profile: { extensions: ["1.2.3.5"] },
      csr: {
        subjectAltNames: [{ type: "dns", value: "a.test" }],
        extensions: [
          { oid: extensionOid.subjectKeyIdentifier, critical: false, valueDer: Buffer.of(4, 1, 1) },
        ],
      },
    },
  ] satisfies { name: string; profile: Partial<Profile>; csr: Partial<CsrOptions> }[];
  it.each(allowed)("allows $name", ({ profile, csr }) => {
    expect(refusal(csr, profile)).toBeUndefined();
  });

  it("shortens a long name", () => {
    const long = "a".repeat(90_000);
    expect(refusal({ subject: `CN=${long}` }, { names })).toBe(
      `profile "web" does not allow common name "${"a".repeat(100)}… (90000 characters)" (rule names.commonName)`,
    );
  });

  it("says all in one line, and of many offences how many more there are", () => {
    const subjectAltNames = ["a", "b\nc", "d", "e"].map((value) => ({ type: "upn" as const, value }));
    const text = refusal({ subjectAltNames, extensions: [ca] }, { names });
    expect(text).toBe(
      'profile "web" does not allow a CA certificate (rule ca), principal "a" (rule names.principal), ' +
        'principal "b\\nc" (rule names.principal), and 2 more',
    );
  });
});

describe("a key of a kind that nobody here knows", () => {
  /** A CSR whose key has an algorithm that does not exist: the OID of Ed25519 with another last octet. */
  function strangeCsr(): string {
    const der = readCsr(createCsr({ subject: "CN=www.example.test", keyPair: generateKey("Ed25519") })).der;
    const hex = Buffer.from(der).toString("hex").replaceAll("06032b6570", "06032b6550");
    const base64 = Buffer.from(hex, "hex").toString("base64");
    return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`;
  }

  it("passes through untouched", async () => {
    const csr = strangeCsr();
    const result = await submit(requestFor(csr), makeContext());
    if (result.status !== "issued") throw new Error(JSON.stringify(result));
    expect(readCertificate(result.certificate).spkiDer).toEqual(readCsr(csr).spkiDer);
  });

  it("is refused by a profile that lists the kinds it wants", () => {
    const csr = readCsr(strangeCsr());
    expect(verifyCsr(csr)).toBe("unsupported");
    const profile: Profile = { ...openProfile, keyTypes: ["RSA", "Ed25519"] };
    expect(judge(csr, describeSubjectKey(csr.spkiDer), { title: 'profile "web"', profile })).toBe(
      'profile "web" does not allow the key (of the unknown kind 1.3.101.80) (rule keyTypes)',
    );
  });
});
