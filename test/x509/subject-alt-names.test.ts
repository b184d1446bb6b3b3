import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCsr } from "../../src/x509/csr.ts";
import { generateKey } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import {
  decodeSubjectAltNames,
  encodeSubjectAltNames,
  type SubjectAltName,
} from "../../src/x509/subject-alt-names.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { opensslText } from "./openssl.ts";

const keyPair = generateKey("EC-P256");
const directory = Uint8Array.from(encodeName(parseSubject("CN=www,O=Lab")));

interface Sample {
  readonly name: SubjectAltName;
  readonly der: string;
  /** What `openssl req -text` says. */
  readonly openssl: string;
}

const samples: Sample[] = [
  { name: { type: "dns", value: "www.test" }, der: "82087777772e74657374", openssl: "DNS:www.test" },
  { name: { type: "dns", value: "*.test" }, der: "82062a2e74657374", openssl: "DNS:*.test" },
  {
    name: { type: "dns", value: "xn--bcher-kva.test" },
    der: `8212${hex(Buffer.from("xn--bcher-kva.test"))}`,
    openssl: "DNS:xn--bcher-kva.test",
  },
  { name: { type: "email", value: "a@b.test" }, der: "81086140622e74657374", openssl: "email:a@b.test" },
  {
    name: { type: "uri", value: "https://a/?b#c" },
    der: `860e${hex(Buffer.from("https://a/?b#c"))}`,
    openssl: "URI:https://a/?b#c",
  },
  { name: { type: "ip", value: "192.0.2.1" }, der: "8704c0000201", openssl: "IP Address:192.0.2.1" },
  {
    name: { type: "ip", value: "2001:db8::1" },
    der: "871020010db8000000000000000000000001",
    openssl: "IP Address:2001:DB8:0:0:0:0:0:1",
  },
  {
    name: { type: "upn", value: "jo@LAB" },
    der: "a016060a2b060104018237140203a0080c066a6f404c4142",
    openssl: "othername: UPN::jo@LAB",
  },
  {
    name: { type: "principal", value: "jo@LAB" },
    der: "a02406062b0601050202a01a3018a0051b034c4142a10f300da003020101a10630041b026a6f",
    openssl: "othername: 1.3.6.1.5.2.2::<unsupported>",
  },
  {
    name: { type: "directory", der: directory },
    der: `a4${(directory.length).toString(16)}${hex(directory)}`,
    openssl: "DirName:/O=Lab/CN=www",
  },
  { name: { type: "other", der: bytes("88032a0304") }, der: "88032a0304", openssl: "Registered ID:1.2.3.4" },
  {
    name: { type: "other", oid: "1.2.3", der: bytes("a008 06022a03 a002 0500") },
    der: "a00806022a03a0020500",
    openssl: "othername: 1.2.3::<unsupported>",
  },
];

describe("subject alternative names", () => {
  it.each(samples)("$name.type $name.value has its encoding", ({ name, der }) => {
    const wrapped = encodeSubjectAltNames([name]);
    expect(hex(wrapped).slice(4)).toBe(der);
    expect(decodeSubjectAltNames(wrapped)).toEqual([name]);
  });

  it("go there and back, all at once, in order", () => {
    const names = samples.map(({ name }) => name);
    expect(decodeSubjectAltNames(encodeSubjectAltNames(names))).toEqual(names);
  });

  it.each(samples)("$name.type $name.value is what openssl reads", async ({ name, openssl }) => {
    const csr = createCsr({ subject: "", keyPair, subjectAltNames: [name] });
    const text = await opensslText(["req", "-noout", "-text"], csr);
    expect(text.split("\n").map((line) => line.trim())).toContain(openssl);
  });

  it("of none are an empty list", () => {
    expect(decodeSubjectAltNames(encodeSubjectAltNames([]))).toEqual([]);
  });

  it.each([
    { type: "dns", value: "" },
    { type: "dns", value: "bücher.test" },
    { type: "dns", value: "a\0.test" },
    { type: "email", value: "jürgen@test" },
    { type: "uri", value: "https://a/\n" },
    { type: "ip", value: "192.0.2" },
    { type: "ip", value: "192.0.2.0/24" },
    { type: "ip", value: "fe80::1%eth0" },
    { type: "principal", value: "host/www" },
    { type: "upn", value: "\ud800" },
  ] as const)("$type $value is refused", (name) => {
    expect(x509ErrorOf(() => encodeSubjectAltNames([name]))).toMatchObject({ code: "bad-value" });
  });

  const strange = [
    ["an umlaut in a host name", "8203 62fc63"],
    ["a NUL in a host name", "8206 61002e746573"],
    ["an empty host name", "8200"],
    ["a line end in a mail address", "8103 610a62"],
    ["an IP address with a mask", "8708 c0000200ffffff00"],
    ["an IP address of three octets", "8703 c00002"],
    ["an X.400 address", "a302 3000"],
    ["an EDI party name", "a504 a1020500"],
    ["a directory name in another form", "a402 0500"],
    ["an empty directory name", "a400"],
    ["an unknown tag", "8f00"],
  ] as const;
  it.each(strange)("with %s stay as they are", (_, der) => {
    const octets = bytes(der);
    const wrapped = bytes(`30${octets.length.toString(16).padStart(2, "0")}${hex(octets)}`);
    expect(decodeSubjectAltNames(wrapped)).toEqual([{ type: "other", der: octets }]);
    expect(hex(encodeSubjectAltNames(decodeSubjectAltNames(wrapped)))).toBe(hex(wrapped));
  });

  const strangeOtherNames = [
    ["a UPN in another string type", "a012060a2b060104018237140203a0041e020061"],
    ["a UPN that is not UTF-8", "a011060a2b060104018237140203a0030c01ff"],
    ["a principal that is a null", "a00c06062b0601050202a0020500"],
  ] as const;
  it.each(strangeOtherNames)("with %s stay as they are, with their OID", (_, der) => {
    const wrapped = bytes(`30${(der.length / 2).toString(16).padStart(2, "0")}${der}`);
    const [name] = decodeSubjectAltNames(wrapped);
    expect(name).toMatchObject({ type: "other", oid: expect.stringMatching(/^1\.3\.6\.1\./) });
    expect(hex(encodeSubjectAltNames(name ? [name] : []))).toBe(hex(wrapped));
  });

  it.each([
    ["no list", "0500"],
    ["octets after it", "3000 00"],
    ["an otherName without a value", "3006 a004 06022a03"],
    ["an otherName without anything", "3002 a000"],
    ["an otherName with two values", "300c a00a 06022a03 a004 05000500"],
  ])("with %s are refused", (_, der) => {
    expect(x509ErrorOf(() => decodeSubjectAltNames(bytes(der)))).toMatchObject({ code: "not-extension" });
  });

  it("go there and back for any values", () => {
    const plain = fc.string({ unit: "grapheme-ascii", minLength: 1 });
    const name = fc.oneof(
      fc.record({ type: fc.constantFrom("dns", "email", "uri"), value: plain }),
      fc.record({ type: fc.constant("ip"), value: fc.ipV4() }),
      fc.record({ type: fc.constant("upn"), value: fc.string({ unit: "binary" }) }),
      fc.record({
        type: fc.constant("principal"),
        value: fc.stringMatching(/^[a-z]{1,5}(\/[a-z.]{1,9})?@[A-Z.]{1,9}$/),
      }),
    ) as fc.Arbitrary<SubjectAltName>;
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (names) => {
        expect(decodeSubjectAltNames(encodeSubjectAltNames(names))).toEqual(names);
      }),
    );
  });
});
