import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { X509Error } from "./error.ts";

export type { Hash } from "./signature-algorithms.ts";
export {
  type Signature,
  signatureAlgorithmOf,
  signDer,
  type Verdict,
  verifySignature,
} from "./signatures.ts";

/** The kinds of key that this module makes. It carries every other kind untouched. */
export const keyKinds = ["RSA-2048", "RSA-3072", "RSA-4096", "EC-P256", "EC-P384", "Ed25519"] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function generateKey(kind: KeyKind): KeyPair {
  switch (kind) {
    case "RSA-2048":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "RSA-3072":
      return generateKeyPairSync("rsa", { modulusLength: 3072 });
    case "RSA-4096":
      return generateKeyPairSync("rsa", { modulusLength: 4096 });
    case "EC-P256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "EC-P384":
      return generateKeyPairSync("ec", { namedCurve: "P-384" });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
  }
}

/** The pair of a private key that came from a file. */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** PKCS#8, unencrypted, PEM: a secret. */
export function privateKeyToPem(privateKey: KeyObject): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Reads an unencrypted private key in PEM (PKCS#8, PKCS#1, SEC 1); @throws {X509Error} `not-key` */
export function readPrivateKey(pem: string | Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pem), format: "pem" });
  } catch {
    // No cause: OpenSSL's message may one day quote what it was given.
    throw new X509Error("not-key", "no unencrypted private key in PEM");
  }
}

/** SubjectPublicKeyInfo, DER, of a public key or of a private key's public half. */
export function spkiDer(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}
