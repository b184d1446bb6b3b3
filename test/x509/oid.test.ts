import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeOid, encodeOid } from "../../src/x509/oid.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";
import { inDirectory, opensslText } from "./openssl.ts";

const oids = [
  { oid: "1.2.840.113549.1.1.11", content: "2a864886f70d01010b" },
  { oid: "2.5.29.17", content: "551d11" },
  { oid: "0.0", content: "00" },
  { oid: "0.39", content: "27" },
  { oid: "1.0", content: "28" },
  { oid: "2.999.3", content: "883703" },
  { oid: "1.3.6.1.4.1.311.21.8.4294967295", content: "2b06010401823715088fffffff7f" },
  {
    oid: "2.25.340282366920938463463374607431768211455",
    content: "6983ffffffffffffffffffffffffffffffffff7f",
  },
];

describe("OIDs", () => {
  it.each(oids)("$oid is written and read back", ({ oid, content }) => {
    expect(hex(encodeOid(oid))).toBe(content);
    expect(decodeOid(bytes(content))).toBe(oid);
  });

  it("are written as openssl writes them", () =>
    inDirectory(async (directory) => {
      for (const { oid, content } of oids) {
        const file = join(directory, "oid.der");
        await opensslText(["asn1parse", "-noout", "-genstr", `OID:${oid}`, "-out", file]);
        expect(hex(await readFile(file)).slice(4), oid).toBe(content);
      }
    }));

  it.each([
    "",
    "1",
    "3.1",
    "1.40",
    "1.2.",
    "1..2",
    "1.02",
    "1.-2",
    "1.2.a",
    "1.2 ",
    `1.2${".9".repeat(300)}`,
  ])("%j is none", (oid) => {
    expect(x509ErrorOf(() => encodeOid(oid))).toMatchObject({ code: "bad-value" });
  });

  it.each(["", "2a80", "2a8001", "2a86", `2a${"ff".repeat(20)}7f`, "2a".repeat(300)])(
    "the content %j is none",
    (content) => {
      expect(x509ErrorOf(() => decodeOid(bytes(content)))).toMatchObject({ code: "not-der" });
    },
  );

  it("go there and back", () => {
    const arcs = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    const starts = fc.oneof(
      fc.record({ first: fc.constantFrom(0n, 1n), second: fc.bigInt({ min: 0n, max: 39n }) }),
      fc.record({ first: fc.constant(2n), second: fc.bigInt({ min: 0n, max: 2n ** 64n }) }),
    );
    fc.assert(
      fc.property(starts, fc.array(arcs, { maxLength: 8 }), ({ first, second }, rest) => {
        const oid = [first, second, ...rest].join(".");
        expect(decodeOid(encodeOid(oid))).toBe(oid);
      }),
    );
  });
});
