import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeDer, encodeDer, Tag } from "../../src/x509/asn1.ts";
import { bitString, constructed, oid, sequence } from "../../src/x509/asn1-make.ts";
import { generateKey, signDer, spkiDer, verifySignature } from "../../src/x509/keys.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";

const message = Buffer.from("to be signed");
const pss = (hashAlgorithm: string, mgf1HashAlgorithm: string): KeyObject =>
  generateKeyPairSync("rsa-pss", { modulusLength: 2048, hashAlgorithm, mgf1HashAlgorithm }).privateKey;

/** `algorithm`: the AlgorithmIdentifier that the RFCs ask for. */
const keys = [
  {
    name: "RSA",
    privateKey: generateKey("RSA-2048").privateKey,
    algorithm: "300d06092a864886f70d01010b0500",
  },
  { name: "EC P-256", privateKey: generateKey("EC-P256").privateKey, algorithm: "300a06082a8648ce3d040302" },
  { name: "EC P-384", privateKey: generateKey("EC-P384").privateKey, algorithm: "300a06082a8648ce3d040303" },
  {
    name: "EC P-521",
    privateKey: generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
    algorithm: "300a06082a8648ce3d040304",
  },
  { name: "Ed25519", privateKey: generateKey("Ed25519").privateKey, algorithm: "300506032b6570" },
  { name: "Ed448", privateKey: generateKeyPairSync("ed448").privateKey, algorithm: "300506032b6571" },
  {
    name: "ML-DSA-44",
    privateKey: generateKeyPairSync("ml-dsa-44").privateKey,
    algorithm: "300b0609608648016503040311",
  },
  {
    name: "ML-DSA-65",
    privateKey: generateKeyPairSync("ml-dsa-65").privateKey,
    algorithm: "300b0609608648016503040312",
  },
  {
    name: "RSA-PSS",
    privateKey: generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey,
    algorithm:
      "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
  },
  {
    name: "RSA-PSS bound to SHA-384",
    privateKey: pss("sha384", "sha384"),
    algorithm:
      "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130",
  },
];

describe("signDer and verifySignature", () => {
  it.each(keys)("sign with $name, and find the signature valid", ({ privateKey, algorithm }) => {
    const { algorithmDer, signature } = signDer(message, privateKey);
    expect(hex(algorithmDer)).toBe(algorithm);
    expect(verifySignature(message, algorithmDer, signature, spkiDer(privateKey))).toBe("valid");
  });

  it.each(keys)(
    "find a signature by $name invalid for other text, other octets or another key",
    ({ privateKey }) => {
      const { algorithmDer, signature } = signDer(message, privateKey);
      const key = spkiDer(privateKey);
      const flipped = Buffer.from(signature);
      flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
      expect(verifySignature(Buffer.from("else"), algorithmDer, signature, key)).toBe("invalid");
      expect(verifySignature(message, algorithmDer, flipped, key)).toBe("invalid");
      expect(verifySignature(message, algorithmDer, signature.subarray(1), key)).toBe("invalid");
      expect(verifySignature(message, algorithmDer, new Uint8Array(), key)).toBe("invalid");
      const other =
        privateKey.asymmetricKeyType === "ed25519" ? generateKey("EC-P256") : generateKey("Ed25519");
      expect(verifySignature(message, algorithmDer, signature, spkiDer(other.publicKey))).toBe("invalid");
    },
  );

  it("refuse to sign with a key that can not", () => {
    const { privateKey } = generateKeyPairSync("x25519");
    expect(x509ErrorOf(() => signDer(message, privateKey))).toEqual({
      code: "unsupported-key",
      message: "a key of type x25519 can not sign",
    });
    expect(x509ErrorOf(() => signDer(message, pss("sha256", "sha1")))).toMatchObject({
      code: "unsupported-key",
    });
  });
});

const rsa = generateKey("RSA-2048");
const spki = (algorithm: string, key: Uint8Array, ...parameters: string[]): Uint8Array =>
  encodeDer(sequence(sequence(oid(algorithm), ...parameters.map(oid)), bitString(key)));
const algorithmOf = (type: string): Uint8Array => encodeDer(sequence(oid(type)));
const ecKey = spkiDer(generateKey("EC-P256").publicKey);

describe("verifySignature", () => {
  const { algorithmDer, signature } = signDer(message, rsa.privateKey);
  const verdictOn = (key: Uint8Array, algorithm = algorithmDer) =>
    verifySignature(message, algorithm, signature, key);

  it.each([
    ["a key of an unknown type", spki("1.2.3.4", bytes("00"))],
    ["a key of an unknown type, signed by itself", spki("1.2.3.4", bytes("00")), algorithmOf("1.2.3.4")],
    ["an EC key on an unknown curve", spki("1.2.840.10045.2.1", bytes("04"), "1.2.3.4")],
    [
      "SLH-DSA octets that are none, of a type that we have no length for",
      spki("2.16.840.1.101.3.4.3.99", bytes("00")),
    ],
  ])("does not judge %s", (_, key, algorithm?: Uint8Array) => {
    expect(verdictOn(key, algorithm)).toBe("unsupported");
  });

  it.each([
    ["no key", bytes("")],
    ["something else than a key", bytes("3003020101")],
    ["an RSA key that is none", spki("1.2.840.113549.1.1.1", bytes("3003020101"))],
    ["an RSA key of bits that are no octets", bytes("3015 300d06092a864886f70d0101010500 03040130 05")],
    [
      "an EC key that is no point of its curve",
      spki("1.2.840.10045.2.1", bytes("0401"), "1.2.840.10045.3.1.7"),
    ],
    ["an EC key without a curve", spki("1.2.840.10045.2.1", bytes("0401"))],
    ["an Ed25519 key that is too short", spki("1.3.101.112", bytes("0011"))],
    ["an ML-DSA key that is too short", spki("2.16.840.1.101.3.4.3.17", bytes("0011"))],
    ["MD5", spkiDer(rsa.publicKey), algorithmOf("1.2.840.113549.1.1.4")],
    ["an unknown algorithm for a known key", spkiDer(rsa.publicKey), algorithmOf("1.2.3.4")],
    ["an EC algorithm for an RSA key", spkiDer(rsa.publicKey), algorithmOf("1.2.840.10045.4.3.2")],
    ["an RSA algorithm for an EC key", ecKey],
    ["no algorithm", spkiDer(rsa.publicKey), bytes("0500")],
    ["PSS without parameters", spkiDer(rsa.publicKey), algorithmOf("1.2.840.113549.1.1.10")],
  ])("finds %s invalid", (_, key, algorithm?: Uint8Array) => {
    expect(verdictOn(key, algorithm)).toBe("invalid");
  });

  it("refuses explicit curve parameters even for a real key", () => {
    const [algorithm, key] = decodeDer(ecKey).parts;
    const [type] = algorithm?.parts ?? [];
    if (type === undefined || key === undefined) throw new Error("not an SPKI");
    const explicit = encodeDer(sequence(sequence(type, constructed(Tag.sequence, [])), key));
    expect(verdictOn(explicit, algorithmOf("1.2.840.10045.4.3.2"))).toBe("invalid");
  });

  it("refuses PSS with one hash for the message and another for the mask", () => {
    const mixed = bytes(
      "3041 06092a864886f70d01010a 3034 a00f300d06096086480165030402010500 a11c301a06092a864886f70d010108300d06096086480165030402020500 a203020120",
    );
    expect(verdictOn(spkiDer(rsa.publicKey), mixed)).toBe("invalid");
  });
});
