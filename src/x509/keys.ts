import type { KeyObject } from "node:crypto";
import { X509Error } from "./error.ts";

/** The kinds of key that this module makes. It carries every other kind untouched. */
export type KeyKind = "RSA-2048" | "RSA-3072" | "RSA-4096" | "EC-P256" | "EC-P384" | "Ed25519";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function generateKey(kind: KeyKind): KeyPair {
  throw new X509Error("bad-value", `todo ${kind}`);
}

/** The pair of a private key that came from a file. */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  throw new X509Error("bad-value", `todo ${privateKey.type}`);
}

/** PKCS#8, unencrypted PEM. */
export function privateKeyToPem(privateKey: KeyObject): string {
  throw new X509Error("bad-value", `todo ${privateKey.type}`);
}

/** @throws {X509Error} `not-key` */
export function readPrivateKey(pem: string): KeyObject {
  throw new X509Error("bad-value", `todo ${pem}`);
}

/** SubjectPublicKeyInfo of a public or private key. */
export function spkiDer(key: KeyObject): Uint8Array {
  throw new X509Error("bad-value", `todo ${key.type}`);
}

export interface Signature {
  /** AlgorithmIdentifier, DER. */
  readonly algorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export function signDer(tbsDer: Uint8Array, privateKey: KeyObject): Signature {
  throw new X509Error("bad-value", `todo ${tbsDer.length} ${privateKey.type}`);
}

export type Verdict = "valid" | "invalid" | "unsupported";

export function verifySignature(
  tbsDer: Uint8Array,
  algorithmDer: Uint8Array,
  signature: Uint8Array,
  signerSpkiDer: Uint8Array,
): Verdict {
  throw new X509Error("bad-value", `todo ${[tbsDer, algorithmDer, signature, signerSpkiDer].length}`);
}
