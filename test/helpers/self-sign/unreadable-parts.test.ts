import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { submit } from "../../../helpers/self-sign/submit.ts";
import { encodeDer, Tag } from "../../../src/x509/asn1.ts";
import { constructed, oid, primitive, sequence, setOf } from "../../../src/x509/asn1-make.ts";
import { createCsr } from "../../../src/x509/csr.ts";
import { type Extension, encodeKeyUsage, extensionOid } from "../../../src/x509/extensions.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import { makeContext, requestFor } from "./support/context.ts";

const keyPair = generateKey("EC-P256");
const organization = "2.5.4.10";

function nameWith(type: string, tag: number, content: Uint8Array): Uint8Array {
  const value = primitive(tag, content);
  return encodeDer(constructed(Tag.sequence, [setOf([sequence(oid(type), value)])]));
}

/** Whether OpenSSL, with which certmonger reads and writes files, can read a CSR. */
function opensslReads(csr: string): boolean {
  return spawnSync("openssl", ["req", "-noout", "-subject"], { input: csr }).status === 0;
}

async function answerTo(csr: string): Promise<string> {
  const result = await submit(requestFor(csr), makeContext());
  return result.status === "rejected" ? result.message : result.status;
}

/** `openssl`: whether OpenSSL 3.0 reads it; what it does read and we refuse, other programs read differently. */
const values = [
  {
    what: "a UTF8String that is not UTF-8",
    tag: Tag.utf8String,
    content: "41ff42",
    openssl: false,
    why: "can not be read: utf8String 41ff42",
  },
  {
    what: "a UTF8String with half of a surrogate pair",
    tag: Tag.utf8String,
    content: "eda080",
    openssl: false,
    why: "can not be read: utf8String eda080",
  },
  {
    what: "a BMPString of odd length",
    tag: Tag.bmpString,
    content: "004100",
    openssl: false,
    why: "can not be read: bmpString 004100",
  },
  {
    what: "a UniversalString beyond Unicode",
    tag: Tag.universalString,
    content: "00110000",
    openssl: false,
    why: "can not be read: universalString 00110000",
  },
  {
    what: "a PrintableString beyond ASCII",
    tag: Tag.printableString,
    content: "41e442",
    openssl: true,
    why: "can not be read: printableString 41e442",
  },
  {
    what: "an IA5String beyond ASCII",
    tag: Tag.ia5String,
    content: "41e442",
    openssl: true,
    why: "can not be read: ia5String 41e442",
  },
  {
    what: "a NumericString beyond ASCII",
    tag: Tag.numericString,
    content: "31ff",
    openssl: true,
    why: "can not be read: numericString 31ff",
  },
  {
    what: "a VisibleString, which a name can not hold",
    tag: Tag.visibleString,
    content: "4142",
    openssl: false,
    why: "can not be read: visibleString 4142",
  },
  {
    what: "a number",
    tag: Tag.integer,
    content: "01",
    openssl: false,
    why: "can not be read: integer 01",
  },
  {
    what: "100 kB of something else",
    tag: Tag.octetString,
    content: "41".repeat(100_000),
    openssl: false,
    why: "can not be read: octetString 41414141414141414141414141414141… (100000 bytes)",
  },
  {
    what: "a line break",
    tag: Tag.utf8String,
    content: "410a42",
    openssl: true,
    why: "holds a control character, U+000A",
  },
  {
    what: "a NUL",
    tag: Tag.utf8String,
    content: "410042",
    openssl: true,
    why: "holds a control character, U+0000",
  },
  {
    what: "an escape sequence for a terminal",
    tag: Tag.printableString,
    content: "411b5b33316d",
    openssl: true,
    why: "holds a control character, U+001B",
  },
  {
    what: "a control character beyond ASCII",
    tag: Tag.utf8String,
    content: "41c29b42",
    openssl: true,
    why: "holds a control character, U+009B",
  },
  {
    what: "a line separator",
    tag: Tag.bmpString,
    content: "00412028",
    openssl: true,
    why: "holds a control character, U+2028",
  },
] as const;

describe("a subject that programs can not read, or read differently, is refused:", () => {
  it.each(values)("$what", async ({ tag, content, openssl, why }) => {
    const subject = nameWith(organization, tag, Buffer.from(content, "hex"));
    const csr = createCsr({ subject, keyPair });
    expect(await answerTo(csr)).toBe(`the CSR can not be used: the subject's O ${why}`);
    expect(opensslReads(csr)).toBe(openssl);
  });

  it("whatever the attribute", async () => {
    const subject = nameWith("1.2.3.4", Tag.utf8String, Buffer.of(0xff));
    expect(await answerTo(createCsr({ subject, keyPair }))).toBe(
      "the CSR can not be used: the subject's 1.2.3.4 can not be read: utf8String ff",
    );
  });

  it("in a directory name among the subject alternative names, too", async () => {
    const der = nameWith(organization, Tag.utf8String, Buffer.of(0xff));
    const csr = createCsr({ subject: "CN=a", keyPair, subjectAltNames: [{ type: "directory", der }] });
    expect(await answerTo(csr)).toBe(
      "the CSR can not be used: the directory name's O can not be read: utf8String ff",
    );
  });
});

const readable = [
  { what: "UTF-8 of any script", tag: Tag.utf8String, content: "e697a5e280aee28080f09f9880" },
  { what: "TeletexString, as Latin-1", tag: Tag.teletexString, content: "41e4" },
  { what: "BMPString", tag: Tag.bmpString, content: "00410042" },
  {
    what: "characters that PrintableString lacks in it, as some programs write",
    tag: 0x13,
    content: "614062",
  },
  { what: "nothing at all", tag: Tag.utf8String, content: "" },
  { what: "a BIT STRING, as X.520's unique identifier is", tag: Tag.bitString, content: "00ff" },
] as const;

describe("a subject that programs can read is certified:", () => {
  it.each(readable)("$what", async ({ tag, content }) => {
    const csr = createCsr({
      subject: nameWith(organization, tag, Buffer.from(content, "hex")),
      keyPair,
    });
    expect(await answerTo(csr)).toBe("issued");
    expect(opensslReads(csr)).toBe(true);
  });
});

describe("a key usage that is not DER is refused:", () => {
  it.each([
    { what: "more than seven unused bits", content: "030208a0" },
    { what: "bits set among the unused", content: "030205ff" },
    { what: "a zero bit at the end", content: "030200a0" },
    { what: "a zero octet at the end", content: "030300a000" },
    { what: "no octet", content: "0300" },
    { what: "unused bits of nothing", content: "030107" },
  ])("$what", async ({ content }) => {
    const extension: Extension = {
      oid: extensionOid.keyUsage,
      critical: true,
      valueDer: Buffer.from(content, "hex"),
    };
    expect(await answerTo(createCsr({ subject: "CN=a", keyPair, extensions: [extension] }))).toBe(
      "the CSR can not be used: keyUsage is not DER",
    );
  });

  it("but not one with the ninth bit", async () => {
    const extensions = [encodeKeyUsage(["keyAgreement", "decipherOnly"])];
    expect(await answerTo(createCsr({ subject: "CN=a", keyPair, extensions }))).toBe("issued");
  });
});
