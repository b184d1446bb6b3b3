import { createPublicKey, type KeyObject } from "node:crypto";
import { type KeyType, keyTypes } from "./policy.ts";

/** What a policy can ask of a subject's key. */
export interface SubjectKey {
  /** `undefined`: a kind of key that no policy can allow (DSA, EC on another curve, …). */
  readonly type: KeyType | undefined;
  /** For messages: `RSA, 1024 bits`, `EC on secp256k1`. */
  readonly description: string;
  readonly rsaBits?: number;
}

/** A SubjectPublicKeyInfo, DER, as a policy sees it. */
export function describeSubjectKey(spkiDer: Uint8Array): SubjectKey {
  const key = readPublicKey(spkiDer);
  if (key === undefined) return { type: "other", description: "a kind of key that is unknown here" };
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  const kind = key.asymmetricKeyType ?? "";
  switch (kind) {
    case "rsa":
    case "rsa-pss":
      return { type: "RSA", description: `RSA, ${modulusLength} bits`, rsaBits: modulusLength };
    case "ec":
      return {
        type: curves[namedCurve ?? ""],
        description: `EC on ${namedCurve ?? "a curve without a name"}`,
      };
    default:
      return { type: keyTypes.find((type) => type.toLowerCase() === kind), description: kind };
  }
}

const curves: Readonly<Record<string, KeyType | undefined>> = {
  prime256v1: "EC-P256",
  secp384r1: "EC-P384",
  secp521r1: "EC-P521",
};

/** `undefined` for what OpenSSL can not read: an algorithm that is newer than it, most of the time. */
function readPublicKey(spkiDer: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spkiDer), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
