import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Asn1, constructedTag, decodeDer, encodeDer, primitiveTag, Tag } from "../../src/x509/asn1.ts";
import {
  bitString,
  constructed,
  embedded,
  octetString,
  primitive,
  sequence,
  setOf,
  smallInteger,
  unsignedInteger,
} from "../../src/x509/asn1-make.ts";
import { decodeBer } from "../../src/x509/ber.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { openssl } from "./openssl.ts";

const encodings = [
  { name: "a short length up to 127", value: octetString(Buffer.alloc(127)), start: "047f00" },
  { name: "a long length from 128", value: octetString(Buffer.alloc(128)), start: "04818000" },
  { name: "a length of two octets from 256", value: octetString(Buffer.alloc(256)), start: "0482010000" },
  { name: "an integer with its sign octet", value: unsignedInteger(bytes("80")), start: "02020080" },
  { name: "an integer without needless zeros", value: unsignedInteger(bytes("00007f")), start: "02017f" },
  { name: "zero as one octet", value: smallInteger(0), start: "020100" },
  { name: "unused bits", value: bitString(bytes("80"), 7), start: "03020780" },
  { name: "an empty sequence", value: sequence(), start: "3000" },
  {
    name: "a set in the order of its encodings",
    value: setOf([smallInteger(300), smallInteger(2), smallInteger(1)]),
    start: "310a 020101 020102 0202012c",
  },
  {
    name: "a value that is DER already",
    value: sequence(embedded(bytes("3003020105"))),
    start: "3005 3003020105",
  },
  { name: "an explicit tag", value: constructed(constructedTag(3), [smallInteger(1)]), start: "a303020101" },
];

describe("encodeDer", () => {
  it.each(encodings)("writes $name", ({ value, start }) => {
    const expected = hex(bytes(start));
    expect(hex(encodeDer(value)).slice(0, expected.length)).toBe(expected);
  });

  it.each(encodings)("writes $name so that openssl reads it", async ({ value }) => {
    expect(await openssl(["asn1parse", "-inform", "DER"], encodeDer(value))).toMatchObject({ status: 0 });
  });
});

const notDer = [
  { name: "nothing", der: "", says: "no bytes" },
  { name: "a lone tag", der: "30", says: "at byte 1: the length is missing" },
  { name: "octets after the end", der: "020105 00", says: "bytes after its end: 1" },
  { name: "fewer octets than announced", der: "0405aabb", says: "at byte 0: bytes missing: 3" },
  { name: "a part longer than the whole", der: "3003 0405aabb", says: "at byte 2: bytes missing: 4" },
  { name: "an indefinite length", der: "3080 020105 0000", says: "at byte 1: BER, but not DER" },
  { name: "a length with needless octets", der: "048101aa", says: "at byte 1: BER, but not DER" },
  {
    name: "a length that starts with zero",
    der: `04820080${"00".repeat(128)}`,
    says: "at byte 1: BER, but not DER",
  },
  { name: "a length of more than four octets", der: "0485000000000000", says: "at byte 1: not a length" },
  { name: "a length without its octets", der: "0482", says: "at byte 1: not a length" },
  { name: "a huge length", der: "0484ffffffff00", says: "at byte 0: bytes missing: 4294967294" },
  { name: "an integer with needless zeros", der: "02020005", says: "at byte 0: integer that is not DER" },
  { name: "an integer with needless ones", der: "0202ff80", says: "at byte 0: integer that is not DER" },
  { name: "an integer without octets", der: "0200", says: "at byte 0: integer that is not DER" },
  { name: "a boolean that is neither 00 nor ff", der: "010101", says: "at byte 0: boolean that is not DER" },
  { name: "a tag number above 30", der: "1f8101 00", says: "at byte 0: a tag number above 30" },
];

describe("decodeDer", () => {
  it.each(notDer)("refuses $name", ({ der, says }) => {
    expect(x509ErrorOf(() => decodeDer(bytes(der)))).toEqual({ code: "not-der", message: says });
  });

  it("keeps a context-specific value with tag number 2 as it is", () => {
    const der = bytes("8202 0005");
    expect(hex(encodeDer(decodeDer(der)))).toBe(hex(der));
  });

  it("gives each part the octets that it was read from", () => {
    const { parts } = decodeDer(bytes("3008 020105 3003 010100"));
    expect(parts.map(({ der }) => hex(der))).toEqual(["020105", "3003010100"]);
  });

  it("refuses more than 32 levels, and does not run out of stack", () => {
    const nested = (levels: number): Uint8Array => {
      let der: Uint8Array = bytes("0500");
      for (let level = 1; level < levels; level++) der = encodeDer(primitive(Tag.sequence, der));
      return der;
    };
    expect(() => decodeDer(nested(32))).not.toThrow();
    expect(x509ErrorOf(() => decodeDer(nested(33)))).toMatchObject({ code: "not-der" });
    expect(x509ErrorOf(() => decodeDer(nested(20_000)))).toMatchObject({ code: "not-der" });
    expect(x509ErrorOf(() => decodeBer(Buffer.alloc(1_000_000, bytes("3080"))))).toMatchObject({
      code: "not-der",
    });
  });

  it("refuses more than 2 MiB", () => {
    const der = encodeDer(octetString(Buffer.alloc(2 * 1024 * 1024)));
    expect(x509ErrorOf(() => decodeDer(der))).toEqual({
      code: "not-der",
      message: "larger than 2097152 bytes",
    });
    expect(x509ErrorOf(() => decodeBer(der))).toEqual({
      code: "not-der",
      message: "larger than 2097152 bytes",
    });
  });
});

/** Trees of any tags and content that DER can carry. */
const values = fc.letrec<{ value: Asn1 }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "small" },
    fc
      .record({
        tag: fc.constantFrom(
          Tag.octetString,
          Tag.bmpString,
          Tag.utf8String,
          primitiveTag(2),
          primitiveTag(30),
          0x42,
        ),
        content: fc.uint8Array({ maxLength: 300 }),
      })
      .map(({ tag, content }) => primitive(tag, content)),
    fc
      .record({
        tag: fc.constantFrom(Tag.sequence, Tag.set, constructedTag(0), constructedTag(30), 0x7e),
        parts: fc.array(tie("value"), { maxLength: 5 }),
      })
      .map(({ tag, parts }) => constructed(tag, parts)),
  ),
})).value;

const shapeOf = ({ tag, content, parts }: Asn1): unknown => [tag, hex(content), parts.map(shapeOf)];

describe("encodeDer and decodeDer", () => {
  it("go there and back for any tree", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(shapeOf(decodeDer(encodeDer(value)))).toEqual(shapeOf(value));
      }),
    );
  });

  it("agree with node-forge about what is DER, for mutated octets", () => {
    const sameByForge = (der: Uint8Array): boolean => {
      try {
        return hex(decodeBer(der).der) === hex(der);
      } catch {
        return false;
      }
    };
    const isDer = (der: Uint8Array): boolean => {
      try {
        decodeDer(der);
        return true;
      } catch {
        return false;
      }
    };
    // forge reads UTF-16 from every primitive value with tag number 30, and fails for an odd length.
    const tags = [Tag.octetString, Tag.integer, Tag.boolean, Tag.null, Tag.sequence, constructedTag(1)];
    const octets = fc.oneof(
      fc.constantFrom(...tags, 0, 1, 2, 3, 4, 5, 0x80, 0x81, 0x82, 0xff),
      fc.nat({ max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(octets, { maxLength: 12 }), (list) => {
        const der = Uint8Array.from(list);
        fc.pre(!list.some((octet) => (octet & 0x3f) === Tag.bmpString));
        expect(isDer(der)).toBe(sameByForge(der));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("decodeBer", () => {
  it("gives indefinite lengths as definite ones", () => {
    expect(hex(decodeBer(bytes("3080 2480 0401aa 0402bbcc 0000 0000")).der)).toBe("300924070401aa0402bbcc");
  });

  it.each(["3080 020105", "3003", "3080 020105 0000 00", ""])("refuses %s", (ber) => {
    expect(x509ErrorOf(() => decodeBer(bytes(ber)))).toMatchObject({ code: "not-der" });
  });
});
