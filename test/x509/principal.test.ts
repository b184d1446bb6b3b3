import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDer, encodeDer } from "../../src/x509/asn1.ts";
import { decodePrincipal, encodePrincipal } from "../../src/x509/principal.ts";
import { bytes, hex } from "./bytes.ts";

const encode = (text: string): string | undefined => {
  const value = encodePrincipal(text);
  return value && hex(encodeDer(value));
};
const decode = (der: string): string | undefined => decodePrincipal(decodeDer(bytes(der)));

describe("Kerberos principals", () => {
  it("are written as certmonger writes them", () => {
    // From a CSR of certmonger 0.79.17, `getcert request -K host/a.example.test@REALM.TEST`.
    const recorded =
      "3031a00c1b0a5245414c4d2e54455354a121301fa003020101a11830161b04686f73741b0e612e6578616d706c652e74657374";
    expect(encode("host/a.example.test@REALM.TEST")).toBe(recorded);
    expect(decode(recorded)).toBe("host/a.example.test@REALM.TEST");
  });

  it.each(["jo@R", "a/b/c@R", "jürgen@R", "a\\/b@R", "a\\@b@R", "a\\\\@R", "/a@R", "a/@R", "a\\n\\0@R"])(
    "go there and back: %s",
    (text) => {
      expect(decode(encode(text) ?? "")).toBe(text);
    },
  );

  it("with a needless backslash lose it", () => {
    expect(decode(encode("h\\ost@R") ?? "")).toBe("host@R");
  });

  it.each(["", "jo", "jo@", "@R", "jo@R@S", "jo@R/S", "jo\\", "jo@R\\", "jo\\@R", "/@R", "\ud800@R"])(
    "are not %j",
    (text) => {
      expect(encodePrincipal(text)).toBeUndefined();
    },
  );

  it("of another name type are read, too", () => {
    expect(decode("301a a0031b0152 a113 3011 a003020103 a10a 3008 1b0161 1b0162 1b00")).toBe("a/b/@R");
  });

  it.each([
    ["no sequence", "0500"],
    ["no name", "3005 a0031b0152"],
    ["a realm of another string type", "3013 a0030c0152 a10c 300a a003020101 a103 3001 1b"],
    ["a realm that is not UTF-8", "3015 a0031b01ff a10e 300c a003020101 a105 3003 1b0161"],
    ["no realm", "3014 a0021b00 a10e 300c a003020101 a105 3003 1b0161"],
    ["two realms", "3018 a0061b01521b0152 a10e 300c a003020101 a105 3003 1b0161"],
    ["no components", "3012 a0031b0152 a10b 3009 a003020101 a102 3000"],
    ["a part too many", "3017 a0031b0152 a10e 300c a003020101 a105 3003 1b0161 0500"],
  ])("are not read from %s", (_, der) => {
    let decoded: string | undefined;
    try {
      decoded = decode(der);
    } catch (error) {
      expect(error).toMatchObject({ code: "not-der" });
    }
    expect(decoded).toBeUndefined();
  });

  it("go there and back for any text that is one", () => {
    const units = fc.constantFrom(..."ab/@\\n0üé😀 \u0000\n".split(""), "R");
    fc.assert(
      fc.property(fc.string({ unit: units, maxLength: 20 }), (name) => {
        const der = encode(`${name}@R`);
        fc.pre(der !== undefined);
        expect(encode(decode(der ?? "") ?? "")).toBe(der);
      }),
    );
  });
});
