import { describe, expect, it } from "vitest";
import {
  decodeCrlAddresses,
  decodeOcspAddresses,
  encodeCrlAddresses,
  encodeOcspAddresses,
} from "../../src/x509/address-extensions.ts";
import { createCsr } from "../../src/x509/csr.ts";
import type { Extension } from "../../src/x509/extensions.ts";
import { generateKey } from "../../src/x509/keys.ts";
import {
  decodeNetscapeCertType,
  decodeNetscapeComment,
  decodeTemplateName,
  encodeCertificateTemplate,
  encodeNetscapeCertType,
  encodeNetscapeComment,
  encodeOcspNoCheck,
  encodeTemplateName,
  hasOcspNoCheck,
} from "../../src/x509/vendor-extensions.ts";
import { opensslText } from "./openssl.ts";

const addresses = ["http://a.example.test/", "http://b.example.test/x"];

/** What OpenSSL reads in a CSR with this extension alone. */
async function seen(extension: Extension): Promise<string> {
  const csr = createCsr({ subject: "CN=x", keyPair: generateKey("EC-P256"), extensions: [extension] });
  const text = await opensslText(["req", "-noout", "-text"], csr);
  return text.replace(/^[\s\S]*Requested Extensions:\s*/, "").replace(/\s*Signature Algorithm[\s\S]*/, "");
}

describe("extensions with addresses", () => {
  it.each(["crlDistributionPoints", "freshestCrl"] as const)("%s are points, one each", async (name) => {
    const extension = encodeCrlAddresses(name, addresses);
    expect(decodeCrlAddresses([extension], name)).toEqual(addresses);
    expect((await seen(extension)).match(/URI:\S+/g)).toEqual(addresses.map((address) => `URI:${address}`));
  });

  it("OCSP responders are read by OpenSSL", async () => {
    const extension = encodeOcspAddresses(addresses);
    expect(decodeOcspAddresses([extension])).toEqual(addresses);
    expect(await seen(extension)).toContain("OCSP - URI:http://b.example.test/x");
  });

  it.each([
    decodeOcspAddresses,
    (all: readonly Extension[]) => decodeCrlAddresses(all, "freshestCrl"),
    decodeNetscapeComment,
    decodeNetscapeCertType,
    decodeTemplateName,
  ])("absent ones are undefined", (decode) => {
    expect(decode([])).toBeUndefined();
  });
});

describe("extensions of vendors", () => {
  it("a Netscape comment is ASCII for OpenSSL", async () => {
    const extension = encodeNetscapeComment("made for tests");
    expect(decodeNetscapeComment([extension])).toBe("made for tests");
    expect(await seen(extension)).toContain("made for tests");
  });

  it.each([
    { names: ["client", "server"], text: "SSL Client, SSL Server" },
    { names: ["sslca"], read: ["sslCA"], text: "SSL CA" },
    {
      names: ["objCA", "client", "nonsense"],
      read: ["client", "objCA"],
      text: "SSL Client, Object Signing CA",
    },
  ])("a Netscape certificate type for $names is $text", async ({ names, read = names, text }) => {
    const extension = encodeNetscapeCertType(names) ?? expect.unreachable();
    expect(decodeNetscapeCertType([extension])).toEqual(read);
    expect(await seen(extension)).toContain(text);
  });

  it("no Netscape certificate type at all is no extension", () => {
    expect(encodeNetscapeCertType(["nonsense", ""])).toBeUndefined();
  });

  it("the name of a template comes back, whatever its letters", () => {
    expect(decodeTemplateName([encodeTemplateName("Größe")])).toBe("Größe");
  });

  it.each([
    { major: "100", minor: "3", hex: "300d06052a03040506 0201640201 03" },
    { major: "128", hex: "300b06052a03040506 02020080" },
    { major: "4294967295", hex: "300e06052a03040506 020500ffffffff" },
    { major: "-4", hex: "300a06052a03040506 0201fc" },
  ])("a version 2 template $major $minor has its numbers in few octets", ({ major, minor, hex }) => {
    const { valueDer } = encodeCertificateTemplate({ oid: "1.2.3.4.5.6", major, minor });
    expect(Buffer.from(valueDer).toString("hex")).toBe(hex.replaceAll(" ", ""));
  });

  it("no-check is there or not", async () => {
    expect(hasOcspNoCheck([encodeOcspNoCheck()])).toBe(true);
    expect(hasOcspNoCheck([])).toBe(false);
    expect(await seen(encodeOcspNoCheck())).toContain("OCSP No Check");
  });
});

describe("what signs", () => {
  it.each(["sha1", "sha384", "sha512"] as const)(
    "takes %s for RSA and EC when it is told to",
    async (hash) => {
      for (const kind of ["RSA-2048", "EC-P256"] as const) {
        const csr = createCsr({ subject: "CN=x", keyPair: generateKey(kind), hash });
        expect((await opensslText(["req", "-noout", "-text"], csr)).toLowerCase()).toMatch(
          new RegExp(`signature algorithm: .*${hash}`),
        );
      }
    },
  );
});
