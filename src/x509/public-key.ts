import { createPublicKey, type KeyObject } from "node:crypto";
import { type DerValue, decodeDer } from "./asn1.ts";
import { X509Error } from "./error.ts";
import { publicKeyToJwk } from "./jwk.ts";

/** A public key for node:crypto, from its SubjectPublicKeyInfo in DER; @throws {X509Error} `not-key`, `not-der` */
export const readPublicKey = (spkiDer: Uint8Array): KeyObject => importSpki(decodeDer(spkiDer));

/** The same of a SubjectPublicKeyInfo that is decoded already. */
export function importSpki(spki: DerValue): KeyObject {
  const key = publicKeyToJwk(spki);
  try {
    return key === undefined
      ? createPublicKey({ key: Buffer.from(spki.der), format: "der", type: "spki" })
      : createPublicKey({ key, format: "jwk" });
  } catch (error) {
    throw new X509Error("not-key", "a public key that can not be read", { cause: error });
  }
}
