import { describe, expect, it } from "vitest";
import { addPeriod, oneYear } from "../../../helpers/self-sign/period.ts";
import { fetchRoots } from "../../../helpers/self-sign/queries.ts";
import { submit } from "../../../helpers/self-sign/submit.ts";
import type { EnrollmentRequest } from "../../../protocol/index.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { createCsr, readCsr } from "../../../src/x509/csr.ts";
import {
  type Extension,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  extensionOid,
  findExtension,
  keyPurpose,
} from "../../../src/x509/extensions.ts";
import { generateKey, type KeyKind, keyKinds } from "../../../src/x509/keys.ts";
import type { SubjectAltName } from "../../../src/x509/names.ts";
import { makeContext, requestFor, type TestContext } from "./support/context.ts";
import { files, openssl, verifiedText } from "./support/openssl.ts";

const keyPair = generateKey("EC-P256");

/** Issues a certificate and has openssl check it. */
async function issue(csr: string, context = makeContext(), more: Partial<EnrollmentRequest> = {}) {
  const result = await submit(requestFor(csr, more), context);
  if (result.status !== "issued") throw new Error(JSON.stringify(result));
  const { roots } = await fetchRoots(context);
  const text = verifiedText(
    result.certificate,
    roots.map(({ certificate }) => certificate),
  );
  return { result, text, roots, certificate: readCertificate(result.certificate) };
}

describe("a certificate", () => {
  it.each(keyKinds)("for a key of kind %s is one that openssl accepts", async (kind) => {
    const { text } = await issue(
      createCsr({ subject: "CN=www.example.test,O=Lab", keyPair: generateKey(kind) }),
    );
    expect(text).toContain("Subject: CN=www.example.test,O=Lab");
  });

  it.each(["RSA-2048", "RSA-3072", "EC-P384", "Ed25519"] satisfies KeyKind[])(
    "of a CA with a key of kind %s is one that openssl accepts",
    async (caKeyType) => {
      const csr = createCsr({ subject: "CN=www.example.test", keyPair });
      const { text, roots } = await issue(csr, makeContext({ caKeyType }));
      expect(text).toContain("CA:FALSE");
      expect(roots.map(({ nickname }) => nickname)).toEqual(["Local Signing Authority"]);
    },
  );

  it("carries every kind of name that certmonger makes, octet by octet", async () => {
    const subjectAltNames: SubjectAltName[] = [
      { type: "dns", value: "www.example.test" },
      { type: "dns", value: "*.apps.example.test" },
      { type: "ip", value: "192.0.2.1" },
      { type: "ip", value: "2001:db8::1" },
      { type: "email", value: "admin@example.test" },
      { type: "upn", value: "host/www.example.test@EXAMPLE.TEST" },
      { type: "principal", value: "host/www.example.test@EXAMPLE.TEST" },
      { type: "uri", value: "spiffe://example.test/web" },
      { type: "directory", der: readCsr(createCsr({ subject: "CN=other,O=Lab", keyPair })).subjectDer },
      { type: "other", der: Uint8Array.of(0x88, 3, 0x2a, 3, 4) },
    ];
    const csr = createCsr({ subject: "CN=www.example.test", keyPair, subjectAltNames });
    const { certificate, text } = await issue(csr);
    const inCsr = findExtension(readCsr(csr).extensions, extensionOid.subjectAltName);
    expect(findExtension(certificate.extensions, extensionOid.subjectAltName)).toEqual(inCsr);
    expect(text).toContain(
      "DNS:www.example.test, DNS:*.apps.example.test, IP Address:192.0.2.1, IP Address:2001:DB8",
    );
  });

  it("carries the usages and the other extensions that were asked for, as they were asked for", async () => {
    const ocspMustStaple: Extension = {
      oid: "1.3.6.1.5.5.7.1.24",
      critical: false,
      valueDer: Buffer.of(0x30, 3, 2, 1, 5),
    };
    const asked = [
      encodeKeyUsage(["digitalSignature", "keyAgreement"]),
      encodeExtKeyUsage([keyPurpose.serverAuth, "1.3.6.1.5.2.3.5"]),
      ocspMustStaple,
    ];
    const { certificate, text } = await issue(createCsr({ subject: "CN=a", keyPair, extensions: asked }));
    const hex = ({ oid, critical, valueDer }: Extension) =>
      `${oid} ${critical} ${Buffer.from(valueDer).toString("hex")}`;
    expect(certificate.extensions.map(hex)).toEqual(expect.arrayContaining(asked.map(hex)));
    expect(text).toContain("Digital Signature, Key Agreement");
    expect(text).toContain("TLS Web Server Authentication, Signing KDC Response");
  });

  it("is no CA, whatever a CSR says of key identifiers", async () => {
    const extensions: Extension[] = [
      encodeBasicConstraints({ ca: false }),
      { oid: extensionOid.subjectKeyIdentifier, critical: false, valueDer: Buffer.of(4, 2, 1, 2) },
      {
        oid: extensionOid.authorityKeyIdentifier,
        critical: false,
        valueDer: Buffer.of(0x30, 4, 0x80, 2, 1, 2),
      },
    ];
    const { certificate } = await issue(createCsr({ subject: "CN=a", keyPair, extensions }));
    const oids = certificate.extensions.map(({ oid }) => oid);
    expect(oids).toHaveLength(new Set(oids).size);
    expect(certificate.extensions).not.toContainEqual(extensions[1]);
    expect(certificate.extensions).not.toContainEqual(extensions[2]);
  });

  it("without a subject has its names marked critical", async () => {
    const csr = createCsr({
      subject: "",
      keyPair,
      subjectAltNames: [{ type: "dns", value: "www.example.test" }],
    });
    const { text } = await issue(csr);
    expect(text).toContain("X509v3 Subject Alternative Name: critical");
  });

  it("is for the CSR of an openssl that writes it differently", async () => {
    const { key } = files({ key: openssl(["genrsa", "2048"]) });
    const args = ["req", "-new", "-key", key, "-subj", "/C=DE/O=Lab/CN=www.example.test", "-sha1"];
    const { text } = await issue(openssl([...args, "-addext", "subjectAltName=DNS:www.example.test"]));
    expect(text).toContain("DNS:www.example.test");
  });

  it("has a serial of its own, 159 bits at most", async () => {
    const context = makeContext();
    const csr = createCsr({ subject: "CN=a", keyPair });
    const serials = new Set<string>();
    for (let count = 0; count < 8; count++) serials.add((await issue(csr, context)).certificate.serial);
    expect(serials.size).toBe(8);
    // One that begins with octets of zeros is shorter, and then begins with any other.
    const atMost159Bits = /^([0-7][0-9a-f]([0-9a-f]{2}){19}|([0-9a-f]{2}){14,19})$/;
    for (const serial of serials) {
      expect(serial).toMatch(atMost159Bits);
      expect(serial).not.toMatch(/^00/);
    }
  });
});

describe("the time of a certificate", () => {
  const csr = createCsr({ subject: "CN=a", keyPair });
  const start = new Date();
  start.setMilliseconds(0);
  const later = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
  /** A CA that was made at `start`, seen so many seconds later. */
  async function issueAfter(seconds: number, given: Parameters<typeof makeContext>[0] = {}) {
    const first = makeContext(given, () => start);
    await fetchRoots(first);
    const context: TestContext = { ...first, now: () => later(seconds) };
    const result = await submit(requestFor(csr), context);
    if (result.status !== "issued") throw new Error(JSON.stringify(result));
    return readCertificate(result.certificate);
  }

  it("begins five minutes ago, for clocks that are behind", async () => {
    expect((await issueAfter(3_600)).notBefore).toEqual(later(3_600 - 300));
  });

  it("does not begin before its CA", async () => {
    expect((await issueAfter(60)).notBefore).toEqual(start);
  });

  it("ends when the option says", async () => {
    expect((await issueAfter(600, { validity: 1_000 })).notAfter).toEqual(later(1_600));
  });

  it("does not end after its CA", async () => {
    expect((await issueAfter(600, { caValidity: 86_400 })).notAfter).toEqual(later(86_400));
  });

  it("is a year where nobody says anything", async () => {
    expect((await issueAfter(600, { validity: undefined })).notAfter).toEqual(addPeriod(later(600), oneYear));
  });
});

describe("roll-over", () => {
  const csr = createCsr({ subject: "CN=a", keyPair });
  const start = new Date();
  const at = (days: number) => () => new Date(start.getTime() + days * 86_400_000);
  const run = (context: TestContext) => submit(requestFor(csr), context);

  it("comes at half of the CA's time: a new key under the same name, and both roots are handed over", async () => {
    const context = makeContext({ caValidity: 100 * 86_400 }, at(0));
    const first = await run(context);
    const second = await run({ ...context, now: at(51) });
    if (first.status !== "issued" || second.status !== "issued") throw new Error("not issued");
    expect(first.roots).toBeUndefined();
    expect(second.roots?.map(({ nickname }) => nickname)).toEqual([
      "Local Signing Authority",
      "Local Signing Authority 2",
    ]);

    const roots = (second.roots ?? []).map(({ certificate }) => certificate);
    const [old, young] = roots.map(readCertificate);
    expect(young?.subjectDer).toEqual(old?.subjectDer);
    expect(young?.spkiDer).not.toEqual(old?.spkiDer);
    const epoch = Math.floor(at(52)().getTime() / 1_000);
    for (const { certificate } of [first, second])
      verifiedText(certificate, roots, ["-attime", String(epoch)]);
  });

  it("leaves out a root that is over, and keeps the nicknames of the others", async () => {
    const context = makeContext({ caValidity: 100 * 86_400 }, at(0));
    await run(context);
    await run({ ...context, now: at(51) });
    const { roots } = await fetchRoots({ ...context, now: at(101) });
    expect(roots.map(({ nickname }) => nickname)).toEqual([
      "Local Signing Authority 2",
      "Local Signing Authority 3",
    ]);
  });
});
