import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeDer } from "../../src/x509/asn1.ts";
import { privateKeyToJwk, publicKeyToJwk } from "../../src/x509/jwk.ts";
import { generateKey, privateKeyToPem, readPrivateKeyOf, spkiDer } from "../../src/x509/keys.ts";
import { x509ErrorOf } from "./bytes.ts";
import { opensslText } from "./openssl.ts";

const pkcs8 = (key: KeyObject) => key.export({ type: "pkcs8", format: "der" });

/** Every kind of key that node:crypto makes, and whether it can be had as numbers. */
const kinds: readonly [
  name: string,
  pair: { privateKey: KeyObject; publicKey: KeyObject },
  asNumbers: boolean,
][] = [
  ["RSA 2048", generateKeyPairSync("rsa", { modulusLength: 2048 }), true],
  ["RSA 2041, which is no whole octets", generateKeyPairSync("rsa", { modulusLength: 2041 }), true],
  ["RSA with exponent 3", generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }), true],
  ["EC P-256", generateKeyPairSync("ec", { namedCurve: "P-256" }), true],
  ["EC P-384", generateKeyPairSync("ec", { namedCurve: "P-384" }), true],
  ["EC P-521", generateKeyPairSync("ec", { namedCurve: "P-521" }), true],
  ["EC secp256k1", generateKeyPairSync("ec", { namedCurve: "secp256k1" }), false],
  [
    "EC with its curve in full",
    generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }),
    false,
  ],
  ["RSA-PSS", generateKeyPairSync("rsa-pss", { modulusLength: 2048 }), false],
  ["Ed25519", generateKeyPairSync("ed25519"), false],
  ["Ed448", generateKeyPairSync("ed448"), false],
  ["ML-DSA-44", generateKeyPairSync("ml-dsa-44"), false],
];

describe("a key as numbers", () => {
  it.each(kinds)(
    "%s: the numbers that node:crypto gives, or none",
    (_, { privateKey, publicKey }, asNumbers) => {
      const spki = decodeDer(spkiDer(publicKey));
      expect(publicKeyToJwk(spki)).toEqual(asNumbers ? publicKey.export({ format: "jwk" }) : undefined);
      const expected = asNumbers ? privateKey.export({ format: "jwk" }) : undefined;
      expect(privateKeyToJwk(decodeDer(pkcs8(privateKey)))).toEqual(expected);
    },
  );

  it("a hundred keys, whose numbers begin with any octet", () => {
    for (let round = 0; round < 100; round++) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-521" });
      expect(privateKeyToJwk(decodeDer(pkcs8(privateKey)))).toEqual(privateKey.export({ format: "jwk" }));
      expect(publicKeyToJwk(decodeDer(spkiDer(publicKey)))).toEqual(publicKey.export({ format: "jwk" }));
    }
  });

  it("none of a negative RSA number, a compressed point, and an EC key without its point", async () => {
    const negative = Buffer.from("301a300d06092a864886f70d0101010500030900300602018002010" + "3", "hex");
    expect(publicKeyToJwk(decodeDer(negative))).toBeUndefined();
    const pem = privateKeyToPem(generateKey("EC-P256").privateKey);
    const compressed = await opensslText(["ec", "-conv_form", "compressed", "-pubout"], pem);
    const spki = createPublicKey(compressed).export({ type: "spki", format: "der" });
    expect(publicKeyToJwk(decodeDer(spki))).toBeUndefined();
    const bare = await opensslText(
      ["pkcs8", "-topk8", "-nocrypt"],
      await opensslText(["ec", "-no_public"], pem),
    );
    const der = Buffer.from(bare.split("\n").slice(1, -2).join(""), "base64");
    expect(privateKeyToJwk(decodeDer(der))).toBeUndefined();
  });
});

describe("the private key of a public one", () => {
  it.each(kinds)("%s: signs for it, and another one's is none", (_, { privateKey, publicKey }) => {
    const read = readPrivateKeyOf(spkiDer(publicKey), privateKeyToPem(privateKey));
    if (read === undefined) throw new Error("not recognized");
    expect(read.equals(privateKey)).toBe(true);
    const text = Buffer.from("text");
    expect(verify(null, text, publicKey, sign(null, text, read))).toBe(true);
    for (const [, other] of kinds) {
      if (other.publicKey === publicKey) continue;
      expect(readPrivateKeyOf(spkiDer(other.publicKey), privateKeyToPem(privateKey))).toBeUndefined();
    }
  });

  it.each([
    ["nothing", ""],
    ["no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    [
      "half a key",
      `${privateKeyToPem(generateKey("RSA-2048").privateKey).slice(0, 400)}\n-----END PRIVATE KEY-----\n`,
    ],
    ["a key of zeros", "-----BEGIN PRIVATE KEY-----\nMAcCAQAwAgYA\n-----END PRIVATE KEY-----\n"],
  ])("refuses %s, and quotes none of it", (_, pem) => {
    const { publicKey } = generateKey("EC-P256");
    expect(x509ErrorOf(() => readPrivateKeyOf(spkiDer(publicKey), pem))).toEqual({
      code: "not-key",
      message: "no unencrypted private key in PEM",
    });
  });
});
