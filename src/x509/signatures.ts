import { constants, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from "node:crypto";
import { type DerValue, decodeDer, Tag } from "./asn1.ts";
import { bytesOfBitString, oidOf, partsOf } from "./asn1-read.ts";
import { X509Error } from "./error.ts";
import { curveNames, publicKeyToJwk } from "./jwk.ts";
import { importSpki } from "./public-key.ts";
import {
  decodeScheme,
  encodeScheme,
  type Hash,
  hashes,
  hashNames,
  keyOid,
  type Scheme,
} from "./signature-algorithms.ts";

/** A signature as a CSR or certificate carries it. */
export interface Signature {
  /** AlgorithmIdentifier, DER. */
  readonly algorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

/** `unsupported`: a key of a type that this program does not know, so it can not say. */
export type Verdict = "valid" | "invalid" | "unsupported";

/** A private key and how it signs. A certificate names the algorithm in its signed part, too. */
export interface Signer {
  readonly algorithmDer: Uint8Array;
  /** @throws {X509Error} `unsupported-key` for a key that can not sign */
  sign(tbsDer: Uint8Array): Uint8Array;
}

/**
 * Signs as the key asks for: RSA with SHA-256, EC with the hash that fits the curve, a PSS key within its own
 * limits, EdDSA and ML-DSA as they are.
 *
 * @param hash instead of the usual one, for RSA and EC
 * @throws {X509Error} `unsupported-key` for an RSA-PSS key with a hash that is unknown here
 */
export function signerOf(privateKey: KeyObject, hash?: Hash): Signer {
  const scheme = schemeFor(privateKey, hash);
  return {
    algorithmDer: encodeScheme(scheme),
    sign(tbsDer) {
      try {
        return sign(hashOf(scheme), tbsDer, { key: privateKey, ...paddingOf(scheme) });
      } catch (error) {
        const type = privateKey.asymmetricKeyType ?? privateKey.type;
        throw new X509Error("unsupported-key", `a key of type ${type} can not sign`, { cause: error });
      }
    },
  };
}

/** Both of it in one; @throws {X509Error} `unsupported-key` for a key that can not sign */
export function signDer(tbsDer: Uint8Array, privateKey: KeyObject, hash?: Hash): Signature {
  const { algorithmDer, sign } = signerOf(privateKey, hash);
  return { algorithmDer, signature: sign(tbsDer) };
}

/**
 * Whether the signature is the key's.
 *
 * SHA-1 counts: a CSR's signature only shows that the sender has the key, and old clients still make it. A
 * known key with an algorithm that we do not take (MD5, or another key's) is `invalid`, and so is a broken
 * key of a known type.
 */
export function verifySignature(
  tbsDer: Uint8Array,
  algorithmDer: Uint8Array,
  signature: Uint8Array,
  signerSpkiDer: Uint8Array,
): Verdict {
  try {
    const signer = readSpki(signerSpkiDer);
    if (isMalformed(signer)) return "invalid";
    if (signer.key === undefined) return "unsupported";
    const scheme = decodeScheme(algorithmDer);
    if (scheme === undefined || !fits(scheme, signer.algorithm)) return "invalid";
    const key = { ...signer.key, ...paddingOf(scheme) };
    return verify(hashOf(scheme), tbsDer, key, signature) ? "valid" : "invalid";
  } catch {
    // Not DER, or OpenSSL refuses to look at it.
    return "invalid";
  }
}

interface Spki {
  /** OID. */
  readonly algorithm: string;
  /** OID of the curve, for EC. */
  readonly curve: string | undefined;
  readonly keyLength: number;
  /** Undefined when node:crypto can not read it. Numbers are for `verify` to read: 0.1 ms less than a KeyObject before. */
  readonly key:
    | { readonly key: KeyObject }
    | { readonly key: JsonWebKey; readonly format: "jwk" }
    | undefined;
}

/** @throws {X509Error} `not-der` */
function readSpki(der: Uint8Array): Spki {
  const value = decodeDer(der);
  const [identifier, bits] = partsOf(value, Tag.sequence, "key");
  const [algorithm, parameters] = partsOf(identifier, Tag.sequence, "key's algorithm");
  return {
    algorithm: oidOf(algorithm, "key's algorithm"),
    curve: parameters?.tag === Tag.oid ? oidOf(parameters, "curve") : undefined,
    keyLength: bytesOfBitString(bits, "key").length,
    key: keyOf(value),
  };
}

function keyOf(spki: DerValue): Spki["key"] {
  const numbers = publicKeyToJwk(spki);
  if (numbers !== undefined) return { key: numbers, format: "jwk" };
  try {
    return { key: importSpki(spki) };
  } catch {
    return undefined;
  }
}

/**
 * Length in octets of the keys that have only one. Node before 24 can not read the ML-DSA ones (FIPS 204).
 */
const keyLengths: ReadonlyMap<string, number> = new Map([
  ["1.3.101.112", 32], // Ed25519
  ["1.3.101.113", 57], // Ed448
  ["2.16.840.1.101.3.4.3.17", 1312], // ML-DSA-44
  ["2.16.840.1.101.3.4.3.18", 1952],
  ["2.16.840.1.101.3.4.3.19", 2592],
]);

/**
 * A key of a known type that is not what its type says; an EC key has a named curve (RFC 5480 section 2.1.1).
 */
function isMalformed({ algorithm, curve, keyLength, key }: Spki): boolean {
  if (algorithm === keyOid.ec) return curve === undefined || (key === undefined && curveNames.has(curve));
  const length = keyLengths.get(algorithm);
  if (length !== undefined) return keyLength !== length;
  return key === undefined && Object.values(keyOid).some((known) => known === algorithm);
}

/** Whether a key with this algorithm can make such a signature. */
function fits(scheme: Scheme, algorithm: string): boolean {
  switch (scheme.kind) {
    case "hashed":
      return scheme.keyOid === algorithm;
    case "pss":
      return algorithm === keyOid.rsa || algorithm === keyOid.rsaPss;
    case "own":
      return scheme.oid === algorithm;
  }
}

function schemeFor(privateKey: KeyObject, hash?: Hash): Scheme {
  switch (privateKey.asymmetricKeyType) {
    case "rsa":
      return { kind: "hashed", keyOid: keyOid.rsa, hash: hash ?? "sha256" };
    case "ec":
      return {
        kind: "hashed",
        keyOid: keyOid.ec,
        hash: hash ?? hashForCurve(privateKey.asymmetricKeyDetails?.namedCurve),
      };
    case "dsa":
      return { kind: "hashed", keyOid: keyOid.dsa, hash: "sha256" };
    case "rsa-pss": {
      const details = privateKey.asymmetricKeyDetails;
      const hash = hashNames.find((name) => name === (details?.hashAlgorithm ?? "sha256"));
      if (hash === undefined || (details?.mgf1HashAlgorithm ?? hash) !== hash) {
        throw new X509Error("unsupported-key", "an RSA-PSS key for an unknown hash, or for two");
      }
      return { kind: "pss", hash, saltLength: Math.max(details?.saltLength ?? 0, hashes[hash].length) };
    }
    default:
      return {
        kind: "own",
        oid: readSpki(createPublicKey(privateKey).export({ type: "spki", format: "der" })).algorithm,
      };
  }
}

const hashForCurve = (curve: string | undefined): Hash =>
  curve === "secp384r1" ? "sha384" : curve === "secp521r1" ? "sha512" : "sha256";

/** Null for schemes without a hash of their own, as node:crypto wants it. */
const hashOf = (scheme: Scheme): Hash | null => (scheme.kind === "own" ? null : scheme.hash);

const paddingOf = (scheme: Scheme) =>
  scheme.kind === "pss" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength } : {};
