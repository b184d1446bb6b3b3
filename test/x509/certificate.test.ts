import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Asn1, constructedTag, decodeDer, encodeDer, primitiveTag, Tag } from "../../src/x509/asn1.ts";
import { bitString, constructed, embedded, primitive, sequence } from "../../src/x509/asn1-make.ts";
import {
  type CertificateOptions,
  certificateToPem,
  createCertificate,
  randomSerial,
  readCertificate,
  verifyCertificate,
} from "../../src/x509/certificate.ts";
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  encodeSubjectAltNameExtension,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
  keyPurpose,
} from "../../src/x509/extensions.ts";
import { generateKey, type KeyPair, keyKinds, signDer, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { encodePem } from "../../src/x509/pem.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { inDirectory, openssl, opensslText } from "./openssl.ts";

const caName = encodeName(parseSubject("CN=Test CA,O=Lab"));
const leafName = encodeName(parseSubject("CN=www.example.test"));
const caKey = generateKey("EC-P256");
const leafKey = generateKey("EC-P256");

const leafOptions: CertificateOptions = {
  serial: "0102",
  subjectDer: leafName,
  issuerDer: caName,
  spkiDer: spkiDer(leafKey.publicKey),
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2049-12-31T23:59:59Z"),
  extensions: [],
  issuerKey: caKey.privateKey,
};

function rootOf(pair: KeyPair): string {
  const keyIdentifier = keyIdentifierOf(spkiDer(pair.publicKey));
  return createCertificate({
    ...leafOptions,
    subjectDer: caName,
    spkiDer: spkiDer(pair.publicKey),
    extensions: [
      encodeBasicConstraints({ ca: true }),
      encodeKeyUsage(["keyCertSign", "cRLSign"]),
      encodeSubjectKeyIdentifier(keyIdentifier),
    ],
    issuerKey: pair.privateKey,
  });
}

function leafOf(issuer: KeyPair, key: KeyPair): string {
  return createCertificate({
    ...leafOptions,
    serial: randomSerial(),
    spkiDer: spkiDer(key.publicKey),
    extensions: [
      encodeBasicConstraints({ ca: false }),
      encodeKeyUsage(["digitalSignature"]),
      encodeExtKeyUsage([keyPurpose.serverAuth]),
      encodeSubjectAltNameExtension([{ type: "dns", value: "www.example.test" }]),
      encodeSubjectKeyIdentifier(keyIdentifierOf(spkiDer(key.publicKey))),
      encodeAuthorityKeyIdentifier(keyIdentifierOf(spkiDer(issuer.publicKey))),
    ],
    issuerKey: issuer.privateKey,
  });
}

describe("createCertificate", () => {
  const kinds = keyKinds.map((kind, index) => ({
    caKind: kind,
    leafKind: keyKinds[(index + 3) % keyKinds.length] ?? kind,
  }));
  it.each(kinds)(
    "makes with a CA key $caKind and a leaf key $leafKind what openssl takes for a server",
    ({ caKind, leafKind }) =>
      inDirectory(async (directory) => {
        const issuer = generateKey(caKind);
        const [root, leaf] = [rootOf(issuer), leafOf(issuer, generateKey(leafKind))];
        const rootFile = join(directory, "root.pem");
        await writeFile(rootFile, root);
        const strict = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "www.example.test"];
        const verdict = await openssl(["verify", ...strict, "-CAfile", rootFile], leaf);
        expect(verdict).toMatchObject({ status: 0, stderr: "" });
        expect(verifyCertificate(readCertificate(leaf), readCertificate(root))).toBe(true);
        expect(verifyCertificate(readCertificate(root), readCertificate(root))).toBe(true);
        expect(verifyCertificate(readCertificate(root), readCertificate(leaf))).toBe(false);
      }),
  );

  it("carries a key of any type that Node knows, and one that nobody knows", () => {
    const mlDsa = generateKeyPairSync("ml-dsa-44");
    const unknown = encodeDer(
      sequence(sequence(primitive(Tag.oid, bytes("2a0304"))), bitString(bytes("aabb"))),
    );
    for (const spki of [spkiDer(mlDsa.publicKey), unknown]) {
      const pem = createCertificate({ ...leafOptions, spkiDer: spki });
      expect(hex(readCertificate(pem).spkiDer)).toBe(hex(spki));
    }
  });

  it("signs with keys that it does not make itself", () => {
    for (const issuer of [
      generateKeyPairSync("ed448"),
      generateKeyPairSync("ml-dsa-65"),
      generateKeyPairSync("ec", { namedCurve: "P-521" }),
      generateKeyPairSync("rsa-pss", { modulusLength: 2048 }),
    ]) {
      const root = rootOf(issuer);
      expect(new X509Certificate(root).verify(issuer.publicKey)).toBe(true);
      expect(verifyCertificate(readCertificate(root), readCertificate(root))).toBe(true);
    }
  });

  const validities = [
    { notAfter: "2049-12-31T23:59:59.900Z", type: "UTCTIME", text: "491231235959Z" },
    { notAfter: "2050-01-01T00:00:00.000Z", type: "GENERALIZEDTIME", text: "20500101000000Z" },
    { notAfter: "9999-12-31T23:59:59.000Z", type: "GENERALIZEDTIME", text: "99991231235959Z" },
  ];
  it.each(validities)("writes $notAfter as $type", async ({ notAfter, type, text }) => {
    const pem = createCertificate({ ...leafOptions, notAfter: new Date(notAfter) });
    const dump = await opensslText(["asn1parse"], pem);
    expect(dump).toMatch(new RegExp(`${type} +:${text}`));
    expect(readCertificate(pem).notAfter.toISOString()).toBe(`${notAfter.slice(0, 19)}.000Z`);
  });

  const serials = [
    { given: "01", content: "01", read: "01" },
    { given: "7f", content: "7f", read: "7f" },
    { given: "80", content: "0080", read: "80" },
    { given: "FF", content: "00ff", read: "ff" },
    { given: "0a1", content: "00a1", read: "a1" },
    { given: "000000000000000000000000000000000000000001", content: "01", read: "01" },
    {
      given: "7fffffffffffffffffffffffffffffffffffffff",
      content: "7fffffffffffffffffffffffffffffffffffffff",
      read: "7fffffffffffffffffffffffffffffffffffffff",
    },
  ];
  it.each(serials)("writes the serial $given as a positive number", async ({ given, content, read }) => {
    const pem = createCertificate({ ...leafOptions, serial: given });
    const { parts } = decodeDer(readCertificate(pem).tbsDer);
    expect(hex(parts[1]?.content ?? bytes(""))).toBe(content);
    expect(readCertificate(pem).serial).toBe(read);
    expect(await opensslText(["x509", "-noout", "-serial"], pem)).toBe(`serial=${read.toUpperCase()}\n`);
  });

  it.each(["", "0", "0000", "-1", "0x01", "xyz", " 01", `80${"00".repeat(19)}`, "ff".repeat(21)])(
    "refuses the serial %j",
    (serial) => {
      expect(x509ErrorOf(() => createCertificate({ ...leafOptions, serial }))).toEqual({
        code: "bad-value",
        message: "a serial is a positive number of at most 20 octets, in hex",
      });
    },
  );

  it("makes random serials that are good, each once, as they are read back", () => {
    const made = Array.from({ length: 2000 }, randomSerial);
    expect(new Set(made).size).toBe(2000);
    expect(made.every((serial) => /^([0-9a-f]{2}){1,20}$/.test(serial) && !serial.startsWith("00"))).toBe(
      true,
    );
    expect(made.some((serial) => serial.length === 40 && serial > "7f")).toBe(true);
    expect(made.some((serial) => serial.length === 40 && serial >= "80")).toBe(false);
    const [serial = ""] = made;
    expect(readCertificate(createCertificate({ ...leafOptions, serial })).serial).toBe(serial);
  });

  it.each([
    ["an end before its start", { notAfter: new Date("2025-01-01T00:00:00Z") }, "bad-value"],
    ["no date", { notAfter: new Date(Number.NaN) }, "bad-value"],
    ["a year of five digits", { notAfter: new Date("+010000-01-01T00:00:00Z") }, "bad-value"],
    ["a key that is no DER", { spkiDer: bytes("3003") }, "not-der"],
    ["a subject in BER", { subjectDer: bytes("30800000") }, "not-der"],
    [
      "an extension twice",
      { extensions: [encodeBasicConstraints({ ca: true }), encodeBasicConstraints({ ca: false })] },
      "bad-value",
    ],
    ["a key that can not sign", { issuerKey: generateKeyPairSync("x25519").privateKey }, "unsupported-key"],
  ])("refuses %s", (_, changed, code) => {
    expect(x509ErrorOf(() => createCertificate({ ...leafOptions, ...changed }))).toMatchObject({ code });
  });
});

describe("readCertificate", () => {
  const pem = leafOf(caKey, leafKey);
  it("reads what it made", () => {
    expect(readCertificate(pem)).toMatchObject({
      subject: "CN=www.example.test",
      issuer: "CN=Test CA,O=Lab",
      notBefore: leafOptions.notBefore,
      notAfter: leafOptions.notAfter,
    });
    expect(certificateToPem(readCertificate(pem))).toBe(pem);
  });

  it.each([
    ["DER", readCertificate(pem).der],
    ["CRLF", pem.replace(/\n/g, "\r\n")],
    ["the older label", pem.replace(/CERTIFICATE/g, "X509 CERTIFICATE")],
    ["the first of several", pem + rootOf(caKey)],
    ["text around it", `subject=CN = x\n${pem}\n`],
  ])("reads %s", (_, input) => {
    expect(hex(readCertificate(input).der)).toBe(hex(readCertificate(pem).der));
  });

  it("reads what openssl makes, and agrees with Node about it", async () => {
    for (const algorithm of ["rsa:2048", "ed25519"]) {
      const made = await opensslText([
        ...["req", "-x509", "-nodes", "-keyout", "/dev/null", "-newkey", algorithm, "-days", "365000"],
        ...["-subj", "/C=DE/O=Müller & Söhne/CN=x", "-utf8", "-set_serial", "0xff00000000000001"],
      ]);
      const read = readCertificate(made);
      const other = new X509Certificate(made);
      expect(read.subject).toBe("CN=x,O=Müller & Söhne,C=DE");
      expect(read.serial.toUpperCase()).toBe(other.serialNumber);
      expect(read.notAfter).toEqual(other.validToDate);
      expect(hex(read.der)).toBe(hex(other.raw));
      expect(verifyCertificate(read, read)).toBe(true);
    }
  });
});

/** A certificate put together by hand: the parts of its signed part can be anything. */
function assemble(
  changed: (parts: Asn1[]) => Asn1[],
  change: { algorithm?: Asn1; more?: Asn1[] } = {},
): Uint8Array {
  const { tbsDer } = readCertificate(leafOf(caKey, leafKey));
  const tbs = constructed(Tag.sequence, changed([...decodeDer(tbsDer).parts]));
  const { algorithmDer, signature } = signDer(encodeDer(tbs), caKey.privateKey);
  return encodeDer(
    sequence(tbs, change.algorithm ?? embedded(algorithmDer), bitString(signature), ...(change.more ?? [])),
  );
}
const replaced =
  (index: number, part: Asn1) =>
  (parts: Asn1[]): Asn1[] =>
    parts.map((old, at) => (at === index ? part : old));
const printable = primitive(Tag.printableString, Buffer.from("x"));

describe("readCertificate on unusual certificates", () => {
  it("reads version 1, without version and extensions", () => {
    const read = readCertificate(assemble((parts) => parts.slice(1, 7)));
    expect(read).toMatchObject({ subject: "CN=www.example.test", extensions: [] });
  });

  it("reads unique identifiers, whatever their octets", () => {
    const identifier = primitive(primitiveTag(2), bytes("0001"));
    const read = readCertificate(assemble((parts) => [...parts.slice(0, 7), identifier, ...parts.slice(7)]));
    expect(read.extensions).toHaveLength(6);
  });

  it.each([
    { content: "00", read: "00" },
    { content: "80", read: "-80" },
    { content: "ff", read: "-01" },
    { content: "ff7f", read: "-81" },
    { content: `00${"ff".repeat(30)}`, read: "ff".repeat(30) },
  ])("reads the serial $content, which a CA should not have made", ({ content, read }) => {
    expect(readCertificate(assemble(replaced(1, primitive(Tag.integer, bytes(content))))).serial).toBe(read);
  });

  it.each([
    [
      "a part too many",
      (parts: Asn1[]) => parts,
      { more: [printable] },
      "certificate: it has more parts than it should",
    ],
    [
      "two algorithms",
      (parts: Asn1[]) => parts,
      { algorithm: embedded(bytes("300506032b6570")) },
      "certificate: the two signature algorithms differ",
    ],
    [
      "a serial that is no number",
      replaced(1, printable),
      {},
      "certificate: serial is printableString, not integer",
    ],
    [
      "an issuer that is no name",
      replaced(3, printable),
      {},
      "certificate: issuer is printableString, not sequence",
    ],
    ["no validity", replaced(4, printable), {}, "certificate: validity is printableString, not sequence"],
    [
      "one date",
      replaced(4, sequence(primitive(Tag.utcTime, Buffer.from("260101000000Z")))),
      {},
      "certificate: notAfter is missing, not a time",
    ],
    [
      "a date that is none",
      replaced(4, sequence(printable, printable)),
      {},
      "certificate: notBefore is printableString, not a time",
    ],
    ["a key that is none", replaced(6, printable), {}, "certificate: key is printableString, not sequence"],
    [
      "extensions that are none",
      replaced(7, constructed(constructedTag(3), [printable])),
      {},
      "certificate: extensions is printableString, not sequence",
    ],
    [
      "no extensions in their place",
      replaced(7, constructed(constructedTag(3), [])),
      {},
      "certificate: extensions is missing",
    ],
    ["too little", (parts: Asn1[]) => parts.slice(0, 3), {}, "certificate: validity is missing"],
  ])("refuses %s", (_, changed, change, message) => {
    expect(x509ErrorOf(() => readCertificate(assemble(changed, change)))).toEqual({
      code: "not-certificate",
      message,
    });
  });

  it.each([
    ["nothing", "", "not-pem"],
    ["a CSR's label", encodePem("CERTIFICATE REQUEST", bytes("3000")), "not-pem"],
    ["octets after its end", Buffer.concat([readCertificate(rootOf(caKey)).der, bytes("00")]), "not-der"],
    ["something else in PEM", encodePem("CERTIFICATE", bytes("020101")), "not-certificate"],
  ])("refuses %s", (_, input, code) => {
    expect(x509ErrorOf(() => readCertificate(input))).toMatchObject({ code });
  });
});

describe("verifyCertificate", () => {
  it("wants the issuer's name as well as its key", () => {
    const leaf = readCertificate(leafOf(caKey, leafKey));
    const otherName = readCertificate(
      createCertificate({ ...leafOptions, spkiDer: spkiDer(caKey.publicKey), issuerKey: caKey.privateKey }),
    );
    const otherKey = readCertificate(rootOf(generateKey("EC-P256")));
    expect(verifyCertificate(leaf, otherName)).toBe(false);
    expect(verifyCertificate(leaf, otherKey)).toBe(false);
    expect(verifyCertificate(leaf, readCertificate(rootOf(caKey)))).toBe(true);
  });
});
