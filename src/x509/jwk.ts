import type { JsonWebKey } from "node:crypto";
import { type DerValue, decodeDer, Tag } from "./asn1.ts";
import { bytesOfBitString, contentOf, oidOf, partsOf, smallIntegerOf } from "./asn1-read.ts";
import { keyOid } from "./signature-algorithms.ts";

// RSA and EC keys as JSON Web Keys (RFC 7518 section 6), only to hand them to node:crypto: the first key of a process
// costs it 0.1 ms as numbers and 0.7 ms in DER, for which OpenSSL looks for all the decoders that it has.

/**
 * The numbers of a SubjectPublicKeyInfo; undefined for every key but plain RSA, and EC on a NIST curve with its point in
 * full. Whether they make a key is for node:crypto to say.
 *
 * @throws {X509Error} `not-der`
 */
export function publicKeyToJwk(spki: DerValue): JsonWebKey | undefined {
  const [identifier, bits] = partsOf(spki, Tag.sequence, "key");
  const { algorithm, curve } = algorithmOf(identifier);
  const key = bytesOfBitString(bits, "key");
  if (curve !== undefined) return pointToJwk(curve, key);
  if (algorithm !== keyOid.rsa) return undefined;
  const [n, e] = partsOf(decodeDer(key), Tag.sequence, "RSA key").map(numberOf);
  return n && e ? { kty: "RSA", n, e } : undefined;
}

/**
 * The numbers of a PKCS#8 PrivateKeyInfo, its public ones among them; undefined for the same keys as above, and for an EC
 * key that comes without its point. A secret.
 *
 * @throws {X509Error} `not-der`
 */
export function privateKeyToJwk(pkcs8: DerValue): JsonWebKey | undefined {
  const [version, identifier, octets] = partsOf(pkcs8, Tag.sequence, "private key");
  if (smallIntegerOf(version, "version") > 1) return undefined;
  const { algorithm, curve } = algorithmOf(identifier);
  if (curve === undefined && algorithm !== keyOid.rsa) return undefined;
  const parts = partsOf(
    decodeDer(contentOf(octets, Tag.octetString, "private key")),
    Tag.sequence,
    "private key",
  );
  return curve === undefined ? rsaToJwk(parts) : ecToJwk(curve, parts);
}

/** RSAPrivateKey (RFC 8017 appendix A.1.2), of two primes. */
function rsaToJwk([version, ...numbers]: readonly DerValue[]): JsonWebKey | undefined {
  const [n, e, d, p, q, dp, dq, qi] = numbers.map(numberOf);
  if (smallIntegerOf(version, "version") !== 0 || numbers.length !== 8) return undefined;
  return n && e && d && p && q && dp && dq && qi ? { kty: "RSA", n, e, d, p, q, dp, dq, qi } : undefined;
}

/** ECPrivateKey (RFC 5915): version, the number, the curve `[0]`, the point `[1]`. */
function ecToJwk(curve: string, [, number, ...rest]: readonly DerValue[]): JsonWebKey | undefined {
  const [point] = rest.find(({ tag }) => tag === 0xa1)?.parts ?? [];
  const jwk = point && pointToJwk(curve, bytesOfBitString(point, "point"));
  return jwk && { ...jwk, d: base64url(contentOf(number, Tag.octetString, "private key")) };
}

/** The NIST curves that everybody has, by OID. */
export const curveNames: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10045.3.1.7", "P-256"],
  ["1.3.132.0.34", "P-384"],
  ["1.3.132.0.35", "P-521"],
]);

function algorithmOf(identifier: DerValue | undefined) {
  const [oid, parameters] = partsOf(identifier, Tag.sequence, "key's algorithm");
  const algorithm = oidOf(oid, "key's algorithm");
  const isNamedCurve = algorithm === keyOid.ec && parameters?.tag === Tag.oid;
  return { algorithm, curve: isNamedCurve ? curveNames.get(oidOf(parameters, "curve")) : undefined };
}

/** An uncompressed point (SEC 1 section 2.3.3): 4, x, y. */
function pointToJwk(crv: string, point: Uint8Array): JsonWebKey | undefined {
  if (point[0] !== 4 || point.length % 2 === 0) return undefined;
  const middle = (point.length + 1) / 2;
  return { kty: "EC", crv, x: base64url(point.subarray(1, middle)), y: base64url(point.subarray(middle)) };
}

/** Empty for what is no positive INTEGER. */
function numberOf({ tag, content }: DerValue): string {
  const [first = 0x80] = content;
  if (tag !== Tag.integer || first >= 0x80) return "";
  return base64url(first === 0 ? content.subarray(1) : content);
}

const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
