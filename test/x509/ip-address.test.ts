import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpAddress, parseIpAddress } from "../../src/x509/ip-address.ts";
import { bytes, hex } from "./bytes.ts";

const addresses = [
  { text: "192.0.2.1", octets: "c0000201" },
  { text: "0.0.0.0", octets: "00000000" },
  { text: "255.255.255.255", octets: "ffffffff" },
  { text: "::", octets: "00".repeat(16) },
  { text: "::1", octets: `${"00".repeat(15)}01` },
  { text: "1::", octets: `0001${"00".repeat(14)}` },
  { text: "2001:db8::1", octets: "20010db8000000000000000000000001" },
  { text: "2001:db8:0:1:1:1:1:1", octets: "20010db8000000010001000100010001" },
  { text: "2001:db8::1:0:0:1", octets: "20010db8000000000001000000000001" },
  { text: "2001:0:0:1::1", octets: "20010000000000010000000000000001" },
  { text: "::ffff:192.0.2.1", octets: "00000000000000000000ffffc0000201" },
];
const otherForms = [
  { text: "2001:DB8::0001", octets: "20010db8000000000000000000000001" },
  { text: "2001:db8:0:0:0:0:0:1", octets: "20010db8000000000000000000000001" },
  { text: "64:ff9b::192.0.2.33", octets: "0064ff9b0000000000000000c0000221" },
  { text: "1:2:3:4:5:6:192.0.2.1", octets: "000100020003000400050006c0000201" },
  { text: "1:2:3:4:5:6:7::", octets: "00010002000300040005000600070000" },
];
const notAddresses = [
  ...["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/24"],
  ...[
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "g::",
    "::1%eth0",
    "1:2:3:4::5:6:7:8",
  ],
  ...[
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    ":1::2",
    "1::2:",
    "[::1]",
    "::ffff:1.2.3.256",
    "1:2:3:4:5:6:7:1.2.3.4",
  ],
];

describe("IP addresses", () => {
  it.each(addresses)("$text is read, and written again", ({ text, octets }) => {
    expect(hex(parseIpAddress(text) ?? new Uint8Array())).toBe(octets);
    expect(formatIpAddress(bytes(octets))).toBe(text);
  });

  it.each(otherForms)("$text is read", ({ text, octets }) => {
    expect(hex(parseIpAddress(text) ?? new Uint8Array())).toBe(octets);
  });

  it.each(notAddresses)("%j is none", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it("of other lengths than four and sixteen octets have no text", () => {
    for (const length of [0, 3, 5, 8, 15, 17, 32])
      expect(formatIpAddress(new Uint8Array(length))).toBeUndefined();
  });

  it("go there and back, and Node takes the text for an address", () => {
    const zeros = fc.constantFrom(0, 0, 0, 1, 255);
    const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const sparse = fc.array(zeros, { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(fc.oneof(octets(4), octets(16), sparse), (address) => {
        const text = formatIpAddress(address) ?? "";
        expect(isIP(text)).toBe(address.length === 4 ? 4 : 6);
        expect(hex(parseIpAddress(text) ?? new Uint8Array())).toBe(hex(address));
      }),
    );
  });

  it("are read where Node sees an address, and nowhere else", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789abcf:.".split(""), "::"), maxLength: 24 });
    fc.assert(
      fc.property(text, (address) => {
        expect(parseIpAddress(address) !== undefined).toBe(isIP(address) !== 0);
      }),
      { numRuns: 20_000 },
    );
  });
});
