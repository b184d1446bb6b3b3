import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCertificate, readCertificate, verifyCertificate } from "../../src/x509/certificate.ts";
import { createCsr, readCsr, verifyCsr } from "../../src/x509/csr.ts";
import { X509Error } from "../../src/x509/error.ts";
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
} from "../../src/x509/extensions.ts";
import { generateKey, spkiDer } from "../../src/x509/keys.ts";
import { createPkcs7, readPkcs7 } from "../../src/x509/pkcs7.ts";
import { bytes } from "./bytes.ts";

const keyPair = generateKey("Ed25519");
const identifier = keyIdentifierOf(spkiDer(keyPair.publicKey));
const extensions = [
  encodeBasicConstraints({ ca: true, pathLength: 1 }),
  encodeKeyUsage(["digitalSignature", "keyCertSign"]),
  encodeExtKeyUsage([keyPurpose.serverAuth]),
  encodeSubjectKeyIdentifier(identifier),
  encodeAuthorityKeyIdentifier(identifier),
];
const csrPem = createCsr({
  subject: "CN=www.example.test+UID=x,O=Müller,E=a@b.test",
  keyPair,
  subjectAltNames: [
    { type: "dns", value: "www.example.test" },
    { type: "ip", value: "2001:db8::1" },
    { type: "principal", value: "HTTP/www.example.test@EXAMPLE.TEST" },
    { type: "upn", value: "jo@EXAMPLE.TEST" },
  ],
  extensions,
  challengePassword: "secret",
  friendlyName: "name",
});
const csr = readCsr(csrPem);
const certificatePem = createCertificate({
  serial: "0102",
  subjectDer: csr.subjectDer,
  issuerDer: csr.subjectDer,
  spkiDer: csr.spkiDer,
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2051-01-01T00:00:00Z"),
  extensions: [...extensions, encodeSubjectAltNameExtension([{ type: "dns", value: "www.example.test" }])],
  issuerKey: keyPair.privateKey,
});
const certificate = readCertificate(certificatePem);

/** All that a helper looks at; anything but an X509Error fails the test. */
function lookAt(work: () => unknown): "read" | "refused" {
  try {
    work();
    return "read";
  } catch (error) {
    if (error instanceof X509Error && !/[\r\n]/.test(error.message)) return "refused";
    throw error;
  }
}
const decoders = [
  decodeBasicConstraints,
  decodeKeyUsage,
  decodeExtKeyUsage,
  decodeSubjectKeyIdentifier,
  decodeAuthorityKeyIdentifier,
  decodeSubjectAltNameExtension,
];
const lookAtExtensions = (list: readonly Extension[]): void => {
  for (const decode of decoders) lookAt(() => decode(list));
};
const readers = [
  {
    name: "readCsr",
    good: csr.der,
    pem: csrPem,
    read: (input: string | Uint8Array) => {
      const read = readCsr(input);
      verifyCsr(read);
      lookAtExtensions(read.extensions);
    },
  },
  {
    name: "readCertificate",
    good: certificate.der,
    pem: certificatePem,
    read: (input: string | Uint8Array) => {
      const read = readCertificate(input);
      verifyCertificate(read, certificate);
      lookAtExtensions(read.extensions);
    },
  },
  {
    name: "readPkcs7",
    good: Buffer.from(createPkcs7([certificate]).replace(/-----[^-]+-----|\n/g, ""), "base64"),
    pem: createPkcs7([certificate]),
    read: (input: string | Uint8Array) => {
      for (const pem of readPkcs7(input)) readCertificate(pem);
    },
  },
];

/** Octets that mean something in DER, and any others. */
const octet = fc.oneof(
  fc.constantFrom(
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    0x0c,
    0x13,
    0x17,
    0x18,
    0x1e,
    0x30,
    0x31,
    0x7f,
    0x80,
    0x81,
    0x84,
    0xa0,
    0xff,
  ),
  fc.nat({ max: 255 }),
);
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    remove: fc.nat({ max: 3 }),
    insert: fc.array(octet, { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);
type Edit = { at: number; remove: number; insert: number[] };
const edited = (octets: Uint8Array, list: readonly Edit[]): Uint8Array =>
  list.reduce<Uint8Array>((result, { at, remove, insert }) => {
    const start = Math.floor(at * result.length);
    return Buffer.concat([
      result.subarray(0, start),
      Uint8Array.from(insert),
      result.subarray(start + remove),
    ]);
  }, octets);

describe.each(readers)("$name", ({ good, pem, read }) => {
  it("reads the sample that the tests below damage", () => {
    expect([lookAt(() => read(good)), lookAt(() => read(pem))]).toEqual(["read", "read"]);
  });

  it("throws nothing but X509Error for damaged DER", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(edits, (list) => {
        seen.add(lookAt(() => read(edited(good, list))));
      }),
      { numRuns: 3000 },
    );
    // Octets exchanged one for one often leave the structure whole.
    expect([...seen].sort()).toEqual(["read", "refused"]);
  });

  it("throws nothing but X509Error when any one octet is another", () => {
    const damaged = Buffer.from(good);
    good.forEach((original, at) => {
      for (const other of [0, original ^ 1, original ^ 0x20, original ^ 0x80, 0xff]) {
        damaged[at] = other;
        lookAt(() => read(damaged));
      }
      damaged[at] = original;
    });
    expect(Buffer.compare(damaged, good)).toBe(0);
  });

  it("refuses DER that ends early", () => {
    for (let length = 0; length < good.length; length++) {
      expect(lookAt(() => read(good.subarray(0, length)))).toBe("refused");
    }
  });

  it("throws nothing but X509Error for damaged PEM and for any text and octets", () => {
    fc.assert(
      fc.property(edits, (list) => {
        lookAt(() => read(edited(Buffer.from(pem), list)));
        lookAt(() => read(Buffer.from(edited(Buffer.from(pem), list)).toString("latin1")));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array()),
        (input) => void lookAt(() => read(input)),
      ),
    );
  });
});

/** DER with a definite length around octets. */
function wrapped(tag: number, content: Uint8Array): Uint8Array {
  const length = Buffer.alloc(5);
  length[0] = 0x84;
  length.writeUInt32BE(content.length, 1);
  const short = content.length < 0x1000000 ? Buffer.from([0x83, ...length.subarray(2)]) : length;
  return Buffer.concat([Uint8Array.of(tag), short, content]);
}

describe("time", () => {
  const repeated = (unit: string, size: number) => Buffer.alloc(size, bytes(unit));
  const hostile: { name: string; make: (size: number) => string | Uint8Array }[] = [
    { name: "many empty sequences", make: (size) => wrapped(0x30, repeated("3000", size)) },
    { name: "many nulls", make: (size) => wrapped(0x30, wrapped(0x30, repeated("0500", size))) },
    { name: "sequences in sequences", make: (size) => repeated("3080", size) },
    { name: "huge lengths", make: (size) => repeated("3084ffffffff", size) },
    { name: "one long OID", make: (size) => wrapped(0x30, wrapped(0x06, repeated("ff", size))) },
    { name: "open PEM lines", make: (size) => "-----BEGIN CERTIFICATE REQUEST-----\n".repeat(size / 36) },
    { name: "closed PEM lines", make: (size) => "-----END CERTIFICATE REQUEST-----\n".repeat(size / 34) },
    { name: "dashes", make: (size) => "-".repeat(size) },
    {
      name: "blank lines in PEM",
      make: (size) => `-----BEGIN CERTIFICATE-----\n${"\n ".repeat(size / 2)}-----END CERTIFICATE-----`,
    },
    { name: "empty PEM blocks", make: (size) => "-----BEGIN X-----\n-----END X-----\n".repeat(size / 34) },
  ];

  it.each(hostile)("grows no faster than the input: $name", ({ make }) => {
    // Processor time, the best of three: other programs on the machine do not count.
    const timeOf = (input: string | Uint8Array): number => {
      const times = [1, 2, 3].map(() => {
        const before = process.cpuUsage();
        for (const { read } of readers) lookAt(() => read(input));
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      });
      return Math.min(...times);
    };
    const [before, after] = [Math.max(timeOf(make(100_000)), 5), timeOf(make(800_000))];
    // Eight times the input: a quadratic reader takes 64 times as long. The rest is for the garbage
    // collector.
    expect(after / before).toBeLessThan(40);
  });
});
