import { describe, expect, it } from "vitest";
import { KeytabError, listKeytab } from "../../src/kerberos/keytab.ts";

const number = (octets: number, value: number) => {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
};
const text = (value: string) => Buffer.concat([number(2, Buffer.byteLength(value)), Buffer.from(value)]);
const sized = (bytes: Buffer, sign = 1) => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(sign * bytes.length);
  return Buffer.concat([size, bytes]);
};

function entry({
  components = ["host", "a.example.test"],
  version = 3,
  longVersion = 0,
  encryption = 18,
} = {}) {
  return Buffer.concat([
    number(2, components.length),
    text("EXAMPLE.TEST"),
    ...components.map(text),
    number(4, 3),
    number(4, 1_700_000_000),
    number(1, version),
    number(2, encryption),
    text("the secret key"),
    ...(longVersion > 0 ? [number(4, longVersion)] : []),
  ]);
}

const keytab = (...parts: Buffer[]) => Buffer.concat([Buffer.of(5, 2), ...parts]);

describe("a keytab", () => {
  it("lists principal, version and encryption of each key, and never the key", () => {
    const entries = listKeytab(
      keytab(
        sized(entry()),
        sized(entry({ components: ["admin"], encryption: 99, version: 1, longVersion: 300 })),
      ),
    );
    const written = new Date(1_700_000_000_000);
    expect(entries).toEqual([
      {
        principal: "host/a.example.test@EXAMPLE.TEST",
        keyVersion: 3,
        encryption: "aes256-cts-hmac-sha1-96",
        written,
      },
      { principal: "admin@EXAMPLE.TEST", keyVersion: 300, encryption: "99", written },
    ]);
    expect(JSON.stringify(entries)).not.toContain("secret");
  });

  it("may have holes, and zeros at its end", () => {
    const holed = keytab(sized(Buffer.alloc(40), -1), sized(entry()), Buffer.alloc(9));
    expect(listKeytab(holed).length).toBe(1);
    expect(listKeytab(keytab())).toEqual([]);
  });

  it("has special characters of names escaped, as libkrb5 does", () => {
    const [odd] = listKeytab(keytab(sized(entry({ components: ["a/b", "c@d\\e"] }))));
    expect(odd?.principal).toBe("a\\/b/c\\@d\\\\e@EXAMPLE.TEST");
  });

  it.each([
    { what: "empty", bytes: Buffer.alloc(0), says: "no keytab" },
    { what: "something else", bytes: Buffer.from("no keytab"), says: "no keytab" },
    { what: "of the first format", bytes: Buffer.of(5, 1, 0, 0), says: "nobody writes" },
    { what: "cut off", bytes: keytab(sized(entry()).subarray(0, 30)), says: "in the middle" },
    { what: "damaged", bytes: keytab(sized(entry().subarray(0, 20))), says: "in the middle" },
  ])("that is $what is refused", ({ bytes, says }) => {
    expect(() => listKeytab(bytes)).toThrow(KeytabError);
    expect(() => listKeytab(bytes)).toThrow(says);
  });
});
