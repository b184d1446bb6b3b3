import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { splitPem } from "../../protocol/pem.ts";
import { decodeDer } from "./asn1.ts";
import { X509Error } from "./error.ts";
import { privateKeyToJwk, publicKeyToJwk } from "./jwk.ts";
import { readPublicKey } from "./public-key.ts";

export type { Hash } from "./signature-algorithms.ts";
export {
  type Signature,
  signDer,
  signerOf,
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
    throw noPrivateKey();
  }
}

/**
 * The same, when it is the private key of this public one; undefined when it is another's.
 *
 * @param spki DER
 * @throws {X509Error} `not-key`, `not-der`
 */
export function readPrivateKeyOf(spki: Uint8Array, pem: string): KeyObject | undefined {
  const numbers = numbersOf(pem);
  const publicNumbers = publicKeyToJwk(decodeDer(spki));
  if (numbers === undefined || publicNumbers === undefined) {
    const privateKey = readPrivateKey(pem);
    const isSame = Buffer.compare(spkiDer(privateKey), spkiDer(readPublicKey(spki))) === 0;
    return isSame ? privateKey : undefined;
  }
  const isSame = (["kty", "crv", "x", "y", "n", "e"] as const).every(
    (part) => numbers[part] === publicNumbers[part],
  );
  return isSame ? importNumbers(numbers) : undefined;
}

/** Undefined where `privateKeyToJwk` has none, and for what is not PKCS#8. */
function numbersOf(pem: string): JsonWebKey | undefined {
  const [block] = splitPem(pem);
  if (block?.label !== "PRIVATE KEY") return undefined;
  try {
    return privateKeyToJwk(decodeDer(Buffer.from(block.base64, "base64")));
  } catch (error) {
    if (error instanceof X509Error) throw noPrivateKey();
    throw error;
  }
}

function importNumbers(key: JsonWebKey): KeyObject {
  try {
    return createPrivateKey({ key, format: "jwk" });
  } catch {
    throw noPrivateKey();
  }
}

const noPrivateKey = () => new X509Error("not-key", "no unencrypted private key in PEM");

/**
 * SubjectPublicKeyInfo, DER, of a public key or of a private key's public half. What tells whether two keys are the same:
 * after `equals` on keys of different kinds, the next key that node:crypto reads fails (seen with Node 24.21).
 */
export function spkiDer(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}
