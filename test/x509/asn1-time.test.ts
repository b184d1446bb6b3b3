import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DerValue, decodeDer, encodeDer, Tag } from "../../src/x509/asn1.ts";
import { primitive } from "../../src/x509/asn1-make.ts";
import { decodeTime, encodeTime } from "../../src/x509/asn1-time.ts";
import { x509ErrorOf } from "./bytes.ts";

const value = (tag: number, text: string): DerValue =>
  decodeDer(encodeDer(primitive(tag, Buffer.from(text, "latin1"))));

const times = [
  { iso: "1950-01-01T00:00:00.000Z", tag: Tag.utcTime, text: "500101000000Z" },
  { iso: "1999-12-31T23:59:59.000Z", tag: Tag.utcTime, text: "991231235959Z" },
  { iso: "2000-02-29T12:00:00.000Z", tag: Tag.utcTime, text: "000229120000Z" },
  { iso: "2049-12-31T23:59:59.000Z", tag: Tag.utcTime, text: "491231235959Z" },
  { iso: "2050-01-01T00:00:00.000Z", tag: Tag.generalizedTime, text: "20500101000000Z" },
  { iso: "9999-12-31T23:59:59.000Z", tag: Tag.generalizedTime, text: "99991231235959Z" },
];

describe("times", () => {
  it.each(times)("$iso is written as $text and read back", ({ iso, tag, text }) => {
    const encoded = encodeTime(new Date(iso));
    expect({ tag: encoded.tag, text: Buffer.from(encoded.content).toString() }).toEqual({ tag, text });
    expect(decodeTime(value(tag, text), "it").toISOString()).toBe(iso);
  });

  it("drop parts of a second", () => {
    const encoded = encodeTime(new Date("2030-01-01T00:00:00.999Z"));
    expect(Buffer.from(encoded.content).toString()).toBe("300101000000Z");
  });

  it("of other years than 1950 to 9999, and of no Date at all, are refused", () => {
    for (const date of [
      new Date("1949-12-31T23:59:59Z"),
      new Date("+010000-01-01T00:00:00Z"),
      new Date("x"),
    ]) {
      expect(x509ErrorOf(() => encodeTime(date))).toMatchObject({ code: "bad-value" });
    }
  });

  it("are read for the years before 1950, too", () => {
    expect(decodeTime(value(Tag.generalizedTime, "00010203040506Z"), "it").toISOString()).toBe(
      "0001-02-03T04:05:06.000Z",
    );
  });

  it.each([
    { tag: Tag.utcTime, text: "2601010000Z" },
    { tag: Tag.utcTime, text: "260101000000+0100" },
    { tag: Tag.utcTime, text: "260230000000Z" },
    { tag: Tag.utcTime, text: "261301000000Z" },
    { tag: Tag.utcTime, text: "260101240000Z" },
    { tag: Tag.utcTime, text: " 60101000000Z" },
    { tag: Tag.utcTime, text: "" },
    { tag: Tag.generalizedTime, text: "20260101000000.5Z" },
    { tag: Tag.generalizedTime, text: "20260101000000" },
    { tag: Tag.generalizedTime, text: "-0260101000000Z" },
    { tag: Tag.generalizedTime, text: "9".repeat(100_000) },
    { tag: Tag.printableString, text: "260101000000Z" },
  ])("$text with tag $tag is refused", ({ tag, text }) => {
    const error = x509ErrorOf(() => decodeTime(value(tag, text), "notAfter"));
    expect(error).toMatchObject({ code: "not-der", message: expect.stringMatching(/^notAfter is .{0,60}$/) });
  });

  it("go there and back", () => {
    const dates = fc.date({
      min: new Date("1950-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        const { tag, content } = encodeTime(date);
        expect(decodeTime(value(tag, Buffer.from(content).toString()), "it").getTime()).toBe(seconds);
      }),
    );
  });
});
