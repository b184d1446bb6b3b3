import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Asn1, constructedTag, decodeDer, encodeDer, primitiveTag, Tag } from "../../src/x509/asn1.ts";
import {
  bitString,
  constructed,
  octetString,
  oid,
  primitive,
  sequence,
  smallInteger,
} from "../../src/x509/asn1-make.ts";
import { type CsrOptions, createCsr, csrDigest, readCsr, verifyCsr } from "../../src/x509/csr.ts";
import { encodeExtensions } from "../../src/x509/extension-list.ts";
import {
  decodeSubjectAltNameExtension,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  keyPurpose,
} from "../../src/x509/extensions.ts";
import { generateKey, type KeyPair, keyKinds, signDer, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { encodePem } from "../../src/x509/pem.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { inDirectory, openssl, opensslText } from "./openssl.ts";

const keyPair = generateKey("EC-P256");
const plain = createCsr({ subject: "CN=www.example.test", keyPair });

describe("createCsr", () => {
  const full: Omit<CsrOptions, "keyPair"> = {
    subject: "CN=www.example.test,O=Lab",
    subjectAltNames: [
      { type: "dns", value: "www.example.test" },
      { type: "principal", value: "HTTP/www.example.test@EXAMPLE.TEST" },
    ],
    extensions: [
      encodeKeyUsage(["digitalSignature"]),
      encodeExtKeyUsage([keyPurpose.serverAuth]),
      encodeBasicConstraints({ ca: false }),
    ],
    challengePassword: "pass word",
    friendlyName: "zwölf",
  };

  it.each(keyKinds)("makes for %s a CSR that openssl verifies", async (kind) => {
    const csr = createCsr({ ...full, keyPair: generateKey(kind) });
    const { status, stderr } = await openssl(["req", "-noout", "-verify"], csr);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: "Certificate request self-signature verify OK\n",
    });
  });

  it("puts in all that it is given", async () => {
    const csr = createCsr({ ...full, keyPair });
    const text = await opensslText(["req", "-noout", "-text"], csr);
    expect(text.split("\n").map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "Version: 1 (0x0)",
        "Subject: O = Lab, CN = www.example.test",
        "challengePassword        :pass word",
        "DNS:www.example.test, othername: 1.3.6.1.5.2.2::<unsupported>",
        "TLS Web Server Authentication",
        "CA:FALSE",
      ]),
    );
    expect(readCsr(csr)).toMatchObject({
      subject: "CN=www.example.test,O=Lab",
      challengePassword: "pass word",
      friendlyName: "zwölf",
      extensions: [{ oid: "2.5.29.17" }, { oid: "2.5.29.15" }, { oid: "2.5.29.37" }, { oid: "2.5.29.19" }],
    });
  });

  it("leaves out what it is not given", () => {
    const csr = readCsr(plain);
    expect(csr.extensions).toEqual([]);
    expect(csr).not.toHaveProperty("challengePassword");
    expect(csr).not.toHaveProperty("friendlyName");
  });

  it("takes an encoded name, and an empty one", () => {
    const subject = encodeName(parseSubject("CN=www"));
    expect(readCsr(createCsr({ subject, keyPair })).subject).toBe("CN=www");
    expect(readCsr(createCsr({ subject: "", keyPair })).subject).toBe("");
  });

  it("makes CSRs for keys that it can not make itself", () => {
    for (const type of ["ed448", "ml-dsa-44", "ml-dsa-87", "slh-dsa-sha2-128f"] as const) {
      // The declarations of Node's types know the newer ones by other overloads.
      const pair = generateKeyPairSync(type as "ed448");
      expect(verifyCsr(readCsr(createCsr({ subject: "CN=x", keyPair: pair }))), type).toBe("valid");
    }
  });

  it("refuses what can not be encoded", () => {
    expect(x509ErrorOf(() => createCsr({ subject: "www", keyPair }))).toMatchObject({ code: "not-name" });
    expect(
      x509ErrorOf(() => createCsr({ subject: "", keyPair, subjectAltNames: [{ type: "ip", value: "x" }] })),
    ).toMatchObject({ code: "bad-value" });
    const extension = encodeBasicConstraints({ ca: false });
    expect(
      x509ErrorOf(() => createCsr({ subject: "", keyPair, extensions: [extension, extension] })),
    ).toEqual({ code: "bad-value", message: "extension 2.5.29.19 comes twice" });
  });
});

describe("readCsr", () => {
  const { der } = readCsr(plain);
  it.each([
    ["the other label", plain.replace(/CERTIFICATE/g, "NEW CERTIFICATE")],
    ["CRLF", plain.replace(/\n/g, "\r\n")],
    ["text around it", `Certificate Request:\n    Data: ü\n${plain}\nthe end`],
    ["PEM in octets", Buffer.from(plain)],
    ["DER", der],
  ])("reads %s, and the digest is the same", (_, input) => {
    expect(csrDigest(readCsr(input))).toBe(csrDigest(readCsr(plain)));
  });

  it("gives the octets as they stand", () => {
    const csr = readCsr(plain);
    expect(hex(csr.spkiDer)).toBe(hex(spkiDer(keyPair.publicKey)));
    expect(hex(csr.subjectDer)).toBe(hex(encodeName(parseSubject("CN=www.example.test"))));
    expect(hex(csr.der)).toContain(hex(csr.tbsDer));
  });

  it("reads 5000 names in 200 KB", () => {
    const subjectAltNames = Array.from({ length: 5000 }, (_, index) => ({
      type: "dns" as const,
      value: `host-${String(index).padStart(6, "0")}.department.example.test`,
    }));
    const pem = createCsr({ subject: "CN=x", keyPair, subjectAltNames });
    expect(pem.length).toBeGreaterThan(200_000);
    const csr = readCsr(pem);
    expect(decodeSubjectAltNameExtension(csr.extensions)).toEqual(subjectAltNames);
    expect(verifyCsr(csr)).toBe("valid");
  });

  it.each([
    "rsa:2048",
    "rsa-pss",
    "ec -pkeyopt ec_paramgen_curve:P-256",
    "ec -pkeyopt ec_paramgen_curve:secp384r1",
    "ec -pkeyopt ec_paramgen_curve:secp521r1",
    "ec -pkeyopt ec_paramgen_curve:brainpoolP256r1",
    "ed25519",
    "ed448",
  ])("reads and verifies what openssl makes with %s", (algorithm) =>
    inDirectory(async (directory) => {
      const csr = await opensslText([
        ...["req", "-new", "-nodes", "-keyout", join(directory, "key.pem")],
        ...["-newkey", ...algorithm.split(" "), "-subj", "/C=DE/O=Lab/CN=www.example.test"],
        ...["-addext", "subjectAltName=DNS:www.example.test,IP:192.0.2.1"],
      ]);
      const read = readCsr(csr);
      expect(verifyCsr(read)).toBe("valid");
      expect(read.subject).toBe("CN=www.example.test,O=Lab,C=DE");
      expect(decodeSubjectAltNameExtension(read.extensions)).toHaveLength(2);
    }),
  );

  it.each([
    "-sha1",
    "-sha224",
    "-sha384",
    "-sha512",
    "-sigopt rsa_padding_mode:pss",
    "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20",
    "-sha1 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20",
  ])("verifies RSA signatures of openssl with %s", async (options) => {
    const csr = await opensslText([
      ...["req", "-new", "-nodes", "-keyout", "/dev/null", "-newkey", "rsa:2048", "-subj", "/CN=x"],
      ...options.split(" "),
    ]);
    expect(verifyCsr(readCsr(csr))).toBe("valid");
  });

  it("reads an older DSA key, as certmonger can make it", () =>
    inDirectory(async (directory) => {
      const file = join(directory, "key.pem");
      const { privateKey } = generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 });
      await writeFile(file, privateKey.export({ type: "pkcs8", format: "pem" }));
      const csr = await opensslText(["req", "-new", "-key", file, "-subj", "/CN=x"]);
      expect(verifyCsr(readCsr(csr))).toBe("valid");
    }));
});

/** A CSR put together by hand: each part can be something else. */
interface Parts {
  readonly version?: Asn1;
  readonly subject?: Asn1;
  readonly spki?: Asn1;
  readonly attributes?: readonly Asn1[];
  readonly algorithm?: Asn1;
  readonly signature?: Asn1;
  readonly more?: readonly Asn1[];
}
function assemble(parts: Parts, key: KeyPair = keyPair): Uint8Array {
  const tbs = sequence(
    parts.version ?? smallInteger(0),
    parts.subject ?? sequence(),
    parts.spki ?? decodeDer(spkiDer(key.publicKey)),
    ...(parts.attributes ?? [constructed(constructedTag(0), [])]),
  );
  const { algorithmDer, signature } = signDer(encodeDer(tbs), key.privateKey);
  const algorithm = parts.algorithm ?? decodeDer(algorithmDer);
  return encodeDer(sequence(tbs, algorithm, parts.signature ?? bitString(signature), ...(parts.more ?? [])));
}
const attribute = (type: string, ...values: Asn1[]): Asn1 =>
  sequence(oid(type), constructed(Tag.set, values));
const attributes = (...list: Asn1[]): Parts => ({ attributes: [constructed(constructedTag(0), list)] });

const extensionRequest = "1.2.840.113549.1.9.14";
const microsoftRequest = "1.3.6.1.4.1.311.2.1.14";
const challengePassword = "1.2.840.113549.1.9.7";
const requested = encodeExtensions([encodeBasicConstraints({ ca: false })]);
const twice = constructed(Tag.sequence, [...requested.parts, ...requested.parts]);
const printable = primitive(Tag.printableString, Buffer.from("x"));

describe("readCsr on unusual CSRs", () => {
  it.each([
    ["no attributes field", { attributes: [] }, {}],
    ["an unknown attribute", attributes(attribute("1.2.3", printable, printable)), {}],
    ["an unknown attribute without a value", attributes(attribute("1.2.3")), {}],
    ["an empty list of extensions", attributes(attribute(extensionRequest, sequence())), { extensions: [] }],
    [
      "Microsoft's OID for extensions",
      attributes(attribute(microsoftRequest, requested)),
      { extensions: [{ oid: "2.5.29.19" }] },
    ],
    [
      "a challenge that is no text",
      attributes(attribute(challengePassword, smallInteger(1))),
      { extensions: [] },
    ],
    [
      "critical FALSE written out",
      attributes(
        attribute(
          extensionRequest,
          sequence(sequence(oid("1.2.3"), primitive(Tag.boolean, bytes("00")), octetString(bytes("0500")))),
        ),
      ),
      { extensions: [{ oid: "1.2.3", critical: false }] },
    ],
  ])("takes %s", (_, parts: Parts, expected) => {
    const csr = readCsr(assemble(parts));
    expect(csr).toMatchObject(expected);
    expect(verifyCsr(csr)).toBe("valid");
  });

  it("passes a key of an unknown type through untouched, unverified", () => {
    const spki = sequence(sequence(oid("1.2.3.4")), bitString(bytes("aabbcc")));
    const csr = readCsr(assemble({ spki }));
    expect(hex(csr.spkiDer)).toBe(hex(encodeDer(spki)));
    expect(verifyCsr(csr)).toBe("unsupported");
  });

  it.each([
    ["a part too many", { more: [printable] }, "CSR: the request has more parts than it should"],
    [
      "an attribute field too many",
      { attributes: [constructed(constructedTag(0), []), printable] },
      "CSR: the request has more parts than it should",
    ],
    ["another version", { version: smallInteger(1) }, "CSR: version is not 1"],
    ["a version that is no number", { version: printable }, "CSR: version is printableString, not integer"],
    ["a subject that is no name", { subject: printable }, "CSR: subject is printableString, not sequence"],
    [
      "a subject with a strange part",
      { subject: sequence(printable) },
      "CSR: name: RDN is printableString, not set",
    ],
    ["a key that is none", { spki: printable }, "CSR: key is printableString, not sequence"],
    [
      "a signature that is none",
      { signature: printable },
      "CSR: signature is printableString, not bitString",
    ],
    [
      "a signature of bits that are no octets",
      { signature: bitString(bytes("aa"), 1) },
      "CSR: signature is not a BIT STRING of whole octets",
    ],
    [
      "an algorithm that is none",
      { algorithm: printable },
      "CSR: signature algorithm is printableString, not sequence",
    ],
    [
      "attributes under another tag",
      { attributes: [primitive(primitiveTag(1), bytes(""))] },
      "CSR: attributes is [1], not [0]",
    ],
    ["an attribute that is none", attributes(printable), "CSR: attribute is printableString, not sequence"],
    [
      "an attribute with a bad OID",
      attributes(sequence(primitive(Tag.oid, bytes("80")))),
      "CSR: OID arc with a leading zero",
    ],
    [
      "two passwords",
      attributes(attribute(challengePassword, printable, printable)),
      "CSR: challengePassword has more parts than it should",
    ],
    [
      "the extensions twice",
      attributes(attribute(extensionRequest, requested), attribute(microsoftRequest, requested)),
      "CSR: extensions twice",
    ],
    [
      "one extension twice",
      attributes(attribute(extensionRequest, twice)),
      "CSR: extension 2.5.29.19 comes twice",
    ],
    [
      "extensions that are none",
      attributes(attribute(extensionRequest, printable)),
      "CSR: extensions is printableString, not sequence",
    ],
    [
      "an extension with a part too many",
      attributes(
        attribute(extensionRequest, sequence(sequence(oid("1.2.3"), octetString(bytes("")), printable))),
      ),
      "CSR: extension 1.2.3 has more parts than it should",
    ],
    [
      "an extension without a value",
      attributes(attribute(extensionRequest, sequence(sequence(oid("1.2.3"))))),
      "CSR: extension 1.2.3 is missing",
    ],
  ])("refuses %s", (_, parts: Parts, message) => {
    expect(x509ErrorOf(() => readCsr(assemble(parts)))).toEqual({ code: "not-csr", message });
  });

  it.each([
    ["nothing", "", "not-pem", "CSR: empty"],
    ["text", "hello", "not-pem", "CSR: no PEM block CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST"],
    [
      "a certificate",
      plain.replace(/CERTIFICATE REQUEST/g, "CERTIFICATE"),
      "not-pem",
      "CSR: no PEM block CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST",
    ],
    ["half of it", plain.slice(0, 200), "not-pem", "CSR: the CERTIFICATE REQUEST block has no end"],
    [
      "what is no base64",
      plain.replace("MI", "%%"),
      "not-pem",
      "CSR: the CERTIFICATE REQUEST block is not base64",
    ],
    [
      "octets after its end",
      Buffer.concat([readCsr(plain).der, bytes("00")]),
      "not-der",
      "CSR: bytes after its end: 1",
    ],
    [
      "DER that is cut off",
      readCsr(plain).der.subarray(0, 100),
      "not-der",
      expect.stringMatching(/^CSR: at byte 0: bytes missing: /),
    ],
    [
      "something else in PEM",
      encodePem("CERTIFICATE REQUEST", bytes("0500")),
      "not-csr",
      "CSR: the request is null, not sequence",
    ],
    [
      "an empty sequence",
      encodePem("CERTIFICATE REQUEST", bytes("3000")),
      "not-csr",
      "CSR: the signed part is missing",
    ],
  ])("refuses %s", (_, input, code, message) => {
    expect(x509ErrorOf(() => readCsr(input))).toEqual({ code, message });
  });

  it("reads one with a wrong signature, and says so on verification", () => {
    const wrong = assemble({ signature: bitString(bytes("3006020101020101")) });
    expect(verifyCsr(readCsr(wrong))).toBe("invalid");
    expect(verifyCsr({ ...readCsr(plain), spkiDer: spkiDer(generateKey("EC-P256").publicKey) })).toBe(
      "invalid",
    );
  });
});

describe("readCsr on what certmonger sends", () => {
  const directory = new URL("../fixtures/wire/", import.meta.url);
  const recordings = readdirSync(directory)
    .filter((file) => file.endsWith(".env"))
    .map((file) => ({ file, variables: variablesOf(readFileSync(new URL(file, directory), "utf8")) }))
    .filter(({ variables }) => variables.get("CERTMONGER_CSR")?.includes("-----END"));

  it("has recordings to read", () => {
    expect(recordings.length).toBeGreaterThan(10);
  });

  it.each(recordings)("reads and verifies $file, with the names that it says it has", ({ variables }) => {
    const csr = readCsr(variables.get("CERTMONGER_CSR") ?? "");
    expect(verifyCsr(csr)).toBe("valid");
    // certmonger writes a subject in one order for keys in files, in the other for NSS databases.
    expect(csr.subject.split(",").sort().join()).toBe(
      (variables.get("CERTMONGER_REQ_SUBJECT") ?? "").split(",").sort().join(),
    );
    const names = decodeSubjectAltNameExtension(csr.extensions) ?? [];
    const said = {
      dns: variables.get("CERTMONGER_REQ_HOSTNAME"),
      email: variables.get("CERTMONGER_REQ_EMAIL"),
      ip: variables.get("CERTMONGER_REQ_IP_ADDRESS"),
      upn: variables.get("CERTMONGER_REQ_PRINCIPAL"),
      principal: variables.get("CERTMONGER_REQ_PRINCIPAL"),
    };
    for (const [type, value] of Object.entries(said)) {
      expect(names.filter((name) => name.type === type).map((name) => "value" in name && name.value)).toEqual(
        value?.split("\n") ?? [],
      );
    }
  });
});

/** `NAME=value` lines; a line that starts with a tab goes on with the value before it. */
function variablesOf(text: string): ReadonlyMap<string, string> {
  const joined = text.replace(/\n\t/g, "\u0000");
  const entries = joined.split("\n").map((line): [string, string] => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1).replace(/\u0000/g, "\n")];
  });
  return new Map(entries);
}
