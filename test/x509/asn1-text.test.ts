import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tag } from "../../src/x509/asn1.ts";
import { primitive } from "../../src/x509/asn1-make.ts";
import {
  bmpString,
  decodeUtf8,
  directoryString,
  isPrintable,
  textOf,
  utf8String,
} from "../../src/x509/asn1-text.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";

const strings = [
  { type: "UTF8String", tag: Tag.utf8String, content: "c3bc", text: "ü" },
  { type: "PrintableString", tag: Tag.printableString, content: "616263", text: "abc" },
  { type: "IA5String", tag: Tag.ia5String, content: "614062", text: "a@b" },
  { type: "NumericString", tag: Tag.numericString, content: "313220", text: "12 " },
  { type: "VisibleString", tag: Tag.visibleString, content: "7e", text: "~" },
  { type: "TeletexString, as Latin-1", tag: Tag.teletexString, content: "fc", text: "ü" },
  { type: "BMPString", tag: Tag.bmpString, content: "00fc20ac", text: "ü€" },
  { type: "BMPString with a surrogate pair", tag: Tag.bmpString, content: "d83dde00", text: "😀" },
  { type: "UniversalString", tag: Tag.universalString, content: "000000fc0001f600", text: "ü😀" },
  { type: "UTF8String with a replacement character", tag: Tag.utf8String, content: "efbfbd", text: "\ufffd" },
];
const notText = [
  { what: "UTF8String that is not UTF-8", tag: Tag.utf8String, content: "c3" },
  { what: "UTF8String with a surrogate", tag: Tag.utf8String, content: "eda080" },
  { what: "BMPString of odd length", tag: Tag.bmpString, content: "00fc20" },
  { what: "BMPString with half of a pair", tag: Tag.bmpString, content: "d83d" },
  { what: "UniversalString beyond Unicode", tag: Tag.universalString, content: "00110000" },
  { what: "UniversalString with a surrogate", tag: Tag.universalString, content: "0000d800" },
  { what: "UniversalString of odd length", tag: Tag.universalString, content: "000000" },
  { what: "OCTET STRING", tag: Tag.octetString, content: "61" },
];

describe("textOf", () => {
  it.each(strings)("reads $type", ({ tag, content, text }) => {
    expect(textOf(primitive(tag, bytes(content)))).toBe(text);
  });

  it.each(notText)("finds no text in an $what", ({ tag, content }) => {
    expect(textOf(primitive(tag, bytes(content)))).toBeUndefined();
  });
});

describe("directoryString", () => {
  it("is PrintableString for its characters, UTF8String for others", () => {
    expect(directoryString("Lab (1), Inc.").tag).toBe(Tag.printableString);
    expect(directoryString("a@b").tag).toBe(Tag.utf8String);
    expect(directoryString("*.example.test").tag).toBe(Tag.utf8String);
    expect(directoryString("Müller").tag).toBe(Tag.utf8String);
    expect(isPrintable("a\n")).toBe(false);
  });

  it("refuses half of a surrogate pair", () => {
    expect(x509ErrorOf(() => directoryString("a\ud800"))).toMatchObject({ code: "bad-value" });
    expect(x509ErrorOf(() => utf8String("\udc00a"))).toMatchObject({ code: "bad-value" });
  });

  it("goes there and back, and so do UTF8String and BMPString", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(textOf(directoryString(text))).toBe(text);
        expect(textOf(utf8String(text))).toBe(text);
        expect(textOf(bmpString(text))).toBe(text);
        expect(decodeUtf8(Buffer.from(text, "utf8"))).toBe(text);
      }),
    );
  });

  it("does not change the octets it reads", () => {
    const content = bytes("00fc20ac");
    textOf(primitive(Tag.bmpString, content));
    expect(hex(content)).toBe("00fc20ac");
  });
});
