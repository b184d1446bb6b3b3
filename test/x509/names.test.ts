import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tag } from "../../src/x509/asn1.ts";
import { createCsr } from "../../src/x509/csr.ts";
import { generateKey } from "../../src/x509/keys.ts";
import { decodeName, encodeName, formatName, type Name, parseSubject } from "../../src/x509/names.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { opensslText } from "./openssl.ts";

const keyPair = generateKey("EC-P256");
const encode = (subject: string): Uint8Array => encodeName(parseSubject(subject));

/**
 * `formatted`: ours; `openssl`: that of `-nameopt RFC2253,-esc_msb`, where it differs in more than letters.
 */
const subjects = [
  { text: "CN=www.example.test", formatted: "CN=www.example.test" },
  { text: "CN=www.example.test,O=Lab", formatted: "CN=www.example.test,O=Lab" },
  { text: " CN = www , O = Lab Inc ", formatted: "CN=www,O=Lab Inc" },
  { text: "cn=www;o=Lab", formatted: "CN=www,O=Lab" },
  { text: "commonName=www,organizationName=Lab,countryName=DE", formatted: "CN=www,O=Lab,C=DE" },
  { text: 'CN=www,O="Lab, Inc."', formatted: "CN=www,O=Lab\\, Inc." },
  { text: 'O="Lab \\"A\\"" , C=DE', formatted: 'O=Lab \\"A\\",C=DE' },
  { text: "O=Lab\\, Inc.\\+\\;\\<\\>\\\\", formatted: "O=Lab\\, Inc.\\+\\;\\<\\>\\\\" },
  { text: "CN=a=b", formatted: "CN=a=b" },
  { text: "CN=\\ x\\ ", formatted: "CN=\\ x\\ " },
  { text: "CN=\\#x", formatted: "CN=\\#x" },
  { text: "CN=M\\C3\\BCller", formatted: "CN=Müller" },
  { text: "CN=Müller,O=実験室", formatted: "CN=Müller,O=実験室" },
  { text: "CN=😀", formatted: "CN=😀" },
  { text: "CN=two\\0Alines", formatted: "CN=two\\0Alines" },
  { text: "CN=www,OU=A+L=B,O=Lab", formatted: "CN=www,L=B+OU=A,O=Lab", openssl: "CN=www,OU=A+L=B,O=Lab" },
  { text: "2.5.4.3=www", formatted: "CN=www" },
  { text: "OID.2.5.4.3=www,oid.2.5.4.10=Lab", formatted: "CN=www,O=Lab" },
  { text: "CN=#1303777777", formatted: "CN=www" },
  { text: "1.2.3.4=#030200ff", formatted: "1.2.3.4=#030200ff" },
  { text: "1.2.3.4=abc", formatted: "1.2.3.4=#1303616263" },
  { text: "UID=jo,DC=example,DC=test", formatted: "UID=jo,DC=example,DC=test" },
  {
    text: "CN=www,emailAddress=a@b.test",
    formatted: "CN=www,E=a@b.test",
    openssl: "CN=www,emailAddress=a@b.test",
  },
  { text: "CN=*.example.test", formatted: "CN=*.example.test" },
  { text: "CN=", formatted: "CN=" },
  { text: "/C=DE/O=Lab/CN=www.example.test", formatted: "CN=www.example.test,O=Lab,C=DE" },
  {
    text: "/O=a\\/b, c/OU=x+L=y/CN=www",
    formatted: "CN=www,L=y+OU=x,O=a/b\\, c",
    openssl: "CN=www,OU=x+L=y,O=a/b\\, c",
  },
];

describe("parseSubject, encodeName and formatName", () => {
  it.each(subjects)("read $text", ({ text, formatted }) => {
    expect(formatName(encode(text))).toBe(formatted);
  });

  it.each(subjects)("give a text for $text that they read back", ({ text }) => {
    const der = encode(text);
    expect(hex(encode(formatName(der)))).toBe(hex(der));
  });

  it.each(subjects)("mean by $text what openssl reads", async ({ text, formatted, openssl }) => {
    const csr = createCsr({ subject: text, keyPair });
    const args = ["req", "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"];
    const shown = (await opensslText(args, csr)).replace(/\n$/, "").replace(/^subject=/, "");
    // Multi-valued parts have no order; hex in openssl's is upper case.
    const sorted = (name: string) =>
      name.split(/(?<!\\),/).map((rdn) =>
        rdn
          .split(/(?<!\\)\+/)
          .sort()
          .join("+"),
      );
    expect(sorted(shown.replace(/#[0-9A-F]+/g, (dump) => dump.toLowerCase()))).toEqual(
      sorted(openssl ?? formatted),
    );
  });

  it("put the least specific part first, as certificates do", () => {
    expect(parseSubject("CN=www,O=Lab,C=DE").map(([first]) => first?.value)).toEqual(["DE", "Lab", "www"]);
    expect(parseSubject("/C=DE/O=Lab/CN=www")).toEqual(parseSubject("CN=www,O=Lab,C=DE"));
  });

  it("take an empty text for the empty name", () => {
    expect(hex(encode(" "))).toBe("3000");
    expect(formatName(bytes("3000"))).toBe("");
  });
});

describe("parseSubject", () => {
  const where = (column: number) => expect.stringContaining(`column ${column}: `);
  it.each([
    { text: "www.example.test", message: where(1) },
    { text: "CN", message: where(1) },
    { text: "=x", message: where(1) },
    { text: "CN=a,", message: where(6) },
    { text: "CN=a,,O=b", message: where(6) },
    { text: "CN=a+", message: where(6) },
    { text: "CN=a, b", message: where(6) },
    { text: "XY=a", message: where(1) },
    { text: "CN=a,3.1=b", message: where(6) },
    { text: 'CN="a', message: where(4) },
    { text: 'CN="a"b', message: where(7) },
    { text: 'CN=a"b', message: where(5) },
    { text: "CN=a\\", message: where(5) },
    { text: "CN=\\C3", message: where(4) },
    { text: "CN=#", message: where(4) },
    { text: "CN=#0c0", message: where(7) },
    { text: "CN=#0c05777777", message: where(4) },
    { text: "CN=#zz", message: where(5) },
    { text: "/", message: where(2) },
    { text: "/CN=a/", message: where(7) },
    { text: "CN=\ud800", message: "subject with half of a surrogate pair" },
  ])("refuses $text", ({ text, message }) => {
    expect(x509ErrorOf(() => encode(text))).toEqual({
      code: expect.stringMatching(/not-name|bad-value/),
      message,
    });
  });

  it("shows no more than the start of a long text, on one line", () => {
    for (const text of [
      `CN=a\n,${"x".repeat(10_000)}`,
      `${"x\n".repeat(10_000)}=a`,
      `1.40${".1".repeat(9_000)}=a`,
    ]) {
      const { message } = x509ErrorOf(() => encode(text));
      expect(message.length).toBeLessThan(220);
      expect(message).not.toContain("\n");
    }
  });
});

describe("encodeName", () => {
  it("writes PrintableString, UTF8String and, for mail and domain components, IA5String", () => {
    const der = encode("CN=www,O=Müller,E=a@b.test,DC=test");
    const tags = [
      ...hex(der).matchAll(/(?:0603550403|060355040a|06092a864886f70d010901|060a0992268993f22c640119)(..)/g),
    ];
    expect(tags.map(([, tag]) => Number.parseInt(tag ?? "", 16))).toEqual([
      Tag.ia5String,
      Tag.ia5String,
      Tag.utf8String,
      Tag.printableString,
    ]);
  });

  it("refuses an empty part and a bad OID", () => {
    expect(x509ErrorOf(() => encodeName([[]]))).toMatchObject({ code: "bad-value" });
    expect(x509ErrorOf(() => encodeName([[{ oid: "x", value: "" }]]))).toMatchObject({ code: "bad-value" });
  });
});

describe("decodeName", () => {
  it.each([
    "",
    "0500",
    "3002 0500",
    "3002 3100",
    "3004 3102 0500",
    "3007 3105 3003 020105",
    "3009 3107 3005 0603550403",
  ])("refuses %s", (der) => {
    expect(x509ErrorOf(() => decodeName(bytes(der)))).toMatchObject({ code: "not-name" });
  });

  it("keeps a value that is no text as it is", () => {
    const der = encode("CN=#0403aabbcc");
    expect(decodeName(der)).toEqual([[{ oid: "2.5.4.3", value: bytes("0403aabbcc") }]]);
    expect(formatName(der)).toBe("CN=#0403aabbcc");
  });

  it("reads old string types", () => {
    const latin1 = bytes("300d 310b 3009 0603550403 1402 fc41");
    const utf16 = bytes("300f 310d 300b 0603550403 1e04 00fc 0041");
    expect([formatName(latin1), formatName(utf16)]).toEqual(["CN=üA", "CN=üA"]);
  });
});

const oids = [
  "2.5.4.3",
  "2.5.4.10",
  "2.5.4.11",
  "2.5.4.6",
  "1.2.840.113549.1.9.1",
  "0.9.2342.19200300.100.1.25",
  "1.2.3.4",
];
const names: fc.Arbitrary<Name> = fc.array(
  fc.array(
    fc.record({ oid: fc.constantFrom(...oids), value: fc.string({ unit: "binary", maxLength: 40 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  { maxLength: 6 },
);
const sorted = (name: Name) => name.map((rdn) => rdn.map((attribute) => JSON.stringify(attribute)).sort());

describe("names", () => {
  it("go there and back as DER", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(sorted(decodeName(encodeName(name)))).toEqual(sorted(name));
      }),
    );
  });

  it("go there and back as text, on one line", () => {
    fc.assert(
      fc.property(names, (name) => {
        const der = encodeName(name);
        const text = formatName(der);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(hex(encode(text))).toBe(hex(der));
      }),
    );
  });

  it("are read from any text, or refused with not-name, in linear time", () => {
    const units = fc.constantFrom(...'CNO=,;+"\\#/ .0afü\n'.split(""), "CN=", "2.5.4.3=", "#0c0161", '"a"');
    fc.assert(
      fc.property(fc.string({ unit: units, maxLength: 60 }), (text) => {
        try {
          parseSubject(text);
        } catch (error) {
          expect(error).toMatchObject({ name: "X509Error", code: "not-name" });
        }
      }),
      { numRuns: 5_000 },
    );
    for (const unit of ["CN=a,", "CN=a+", '"', "\\", " ", "=", "#", "/CN=a", "CN=\\C3\\BC,"]) {
      const start = process.hrtime.bigint();
      try {
        parseSubject(`CN=x,${unit.repeat(200_000)}CN=y`);
      } catch (error) {
        expect(error).toMatchObject({ code: "not-name" });
      }
      expect(Number(process.hrtime.bigint() - start) / 1e6, unit).toBeLessThan(5_000);
    }
  });
});
