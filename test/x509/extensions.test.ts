import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCertificate, readCertificate } from "../../src/x509/certificate.ts";
import {
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectAltNameExtension,
  decodeSubjectKeyIdentifier,
  type Extension,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  encodeSubjectAltNameExtension,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
  keyPurpose,
  keyUsages,
} from "../../src/x509/extensions.ts";
import { generateKey, privateKeyToPem, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { inDirectory, opensslText } from "./openssl.ts";

const keyPair = generateKey("EC-P256");
const name = encodeName(parseSubject("CN=Test"));

const certificateWith = (extensions: readonly Extension[]): string =>
  createCertificate({
    serial: "01",
    subjectDer: name,
    issuerDer: name,
    spkiDer: spkiDer(keyPair.publicKey),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2027-01-01T00:00:00Z"),
    extensions,
    issuerKey: keyPair.privateKey,
  });

const samples = [
  {
    what: "basicConstraints of a leaf",
    extension: encodeBasicConstraints({ ca: false }),
    der: "3000",
    critical: true,
    openssl: ["X509v3 Basic Constraints: critical", "CA:FALSE"],
  },
  {
    what: "basicConstraints of a CA",
    extension: encodeBasicConstraints({ ca: true }),
    der: "30030101ff",
    critical: true,
    openssl: ["X509v3 Basic Constraints: critical", "CA:TRUE"],
  },
  {
    what: "basicConstraints with a path length",
    extension: encodeBasicConstraints({ ca: true, pathLength: 0 }),
    der: "30060101ff020100",
    critical: true,
    openssl: ["CA:TRUE, pathlen:0"],
  },
  {
    what: "keyUsage of a server",
    extension: encodeKeyUsage(["keyEncipherment", "digitalSignature"]),
    der: "030205a0",
    critical: true,
    openssl: ["X509v3 Key Usage: critical", "Digital Signature, Key Encipherment"],
  },
  {
    what: "keyUsage of a CA",
    extension: encodeKeyUsage(["keyCertSign", "cRLSign"]),
    der: "03020106",
    critical: true,
    openssl: ["Certificate Sign, CRL Sign"],
  },
  {
    what: "keyUsage with its ninth bit",
    extension: encodeKeyUsage(["keyAgreement", "decipherOnly"]),
    der: "0303070880",
    critical: true,
    openssl: ["Key Agreement, Decipher Only"],
  },
  {
    what: "extKeyUsage",
    extension: encodeExtKeyUsage([keyPurpose.serverAuth, keyPurpose.clientAuth, "1.2.3.4"]),
    der: "301906082b0601050507030106082b0601050507030206032a0304",
    critical: false,
    openssl: [
      "X509v3 Extended Key Usage:",
      "TLS Web Server Authentication, TLS Web Client Authentication, 1.2.3.4",
    ],
  },
  {
    what: "subjectKeyIdentifier",
    extension: encodeSubjectKeyIdentifier(bytes("aabbcc")),
    der: "0403aabbcc",
    critical: false,
    openssl: ["X509v3 Subject Key Identifier:", "AA:BB:CC"],
  },
  {
    what: "authorityKeyIdentifier",
    extension: encodeAuthorityKeyIdentifier(bytes("aabbcc")),
    der: "30058003aabbcc",
    critical: false,
    openssl: ["X509v3 Authority Key Identifier:", "AA:BB:CC"],
  },
  {
    what: "subjectAltName, critical",
    extension: encodeSubjectAltNameExtension([{ type: "dns", value: "a.test" }], true),
    der: "30088206612e74657374",
    critical: true,
    openssl: ["X509v3 Subject Alternative Name: critical", "DNS:a.test"],
  },
];

describe("extensions", () => {
  it.each(samples)("$what has its encoding", ({ extension, der, critical }) => {
    expect({ der: hex(extension.valueDer), critical: extension.critical }).toEqual({ der, critical });
  });

  it.each(samples)("$what is what openssl reads", async ({ extension, openssl }) => {
    const text = await opensslText(["x509", "-noout", "-text"], certificateWith([extension]));
    expect(text.split("\n").map((line) => line.trim())).toEqual(expect.arrayContaining(openssl));
  });

  it("are read back", () => {
    const { extensions } = readCertificate(
      certificateWith(samples.slice(2, 4).map(({ extension }) => extension)),
    );
    expect(decodeBasicConstraints(extensions)).toEqual({ ca: true, pathLength: 0 });
    expect(decodeKeyUsage(extensions)).toEqual(["digitalSignature", "keyEncipherment"]);
    const others = samples.slice(6).map(({ extension }) => extension);
    expect(decodeExtKeyUsage(others)).toEqual([keyPurpose.serverAuth, keyPurpose.clientAuth, "1.2.3.4"]);
    expect(hex(decodeSubjectKeyIdentifier(others) ?? bytes(""))).toBe("aabbcc");
    expect(hex(decodeAuthorityKeyIdentifier(others) ?? bytes(""))).toBe("aabbcc");
    expect(decodeSubjectAltNameExtension(others)).toEqual([{ type: "dns", value: "a.test" }]);
  });

  it("that are absent are undefined", () => {
    const decoders = [
      decodeBasicConstraints,
      decodeKeyUsage,
      decodeExtKeyUsage,
      decodeSubjectKeyIdentifier,
      decodeAuthorityKeyIdentifier,
      decodeSubjectAltNameExtension,
    ];
    expect(decoders.map((decode) => decode([]))).toEqual(decoders.map(() => undefined));
  });

  it.each([
    { oid: "2.5.29.19", decode: decodeBasicConstraints },
    { oid: "2.5.29.15", decode: decodeKeyUsage },
    { oid: "2.5.29.37", decode: decodeExtKeyUsage },
    { oid: "2.5.29.14", decode: decodeSubjectKeyIdentifier },
    { oid: "2.5.29.35", decode: decodeAuthorityKeyIdentifier },
    { oid: "2.5.29.17", decode: decodeSubjectAltNameExtension },
  ])("with the OID $oid are refused when they hold something else", ({ oid, decode }) => {
    for (const der of ["", "0500", "30", "3080 0000"]) {
      const extension = { oid, critical: false, valueDer: bytes(der) };
      expect(x509ErrorOf(() => decode([extension]))).toMatchObject({ code: "not-extension" });
    }
  });

  it("basicConstraints with its default written out is read", () => {
    const valueDer = bytes("3003010100");
    expect(decodeBasicConstraints([{ oid: "2.5.29.19", critical: true, valueDer }])).toEqual({ ca: false });
  });

  it("keyUsage and extKeyUsage without a member are refused", () => {
    expect(x509ErrorOf(() => encodeKeyUsage([]))).toMatchObject({ code: "bad-value" });
    expect(x509ErrorOf(() => encodeExtKeyUsage([]))).toMatchObject({ code: "bad-value" });
  });

  it("keyUsage goes there and back for every set of bits", () => {
    fc.assert(
      fc.property(fc.subarray([...keyUsages], { minLength: 1 }), (usages) => {
        expect(decodeKeyUsage([encodeKeyUsage(usages)])).toEqual(usages);
      }),
    );
  });

  it.each(["RSA-2048", "EC-P256", "Ed25519"] as const)(
    "the key identifier of %s is the one that openssl computes",
    (kind) =>
      inDirectory(async (directory) => {
        const key = generateKey(kind);
        const file = join(directory, "key.pem");
        await writeFile(file, privateKeyToPem(key.privateKey));
        const made = await opensslText([
          ...["req", "-x509", "-new", "-key", file, "-subj", "/CN=x"],
          ...["-addext", "subjectKeyIdentifier=hash"],
        ]);
        const { extensions } = readCertificate(made);
        const identifier = decodeSubjectKeyIdentifier(extensions) ?? bytes("");
        expect(hex(identifier)).toBe(hex(keyIdentifierOf(spkiDer(key.publicKey))));
      }),
  );
});
