import { constructedTag, type DerValue, decodeDer, encodeDer, Tag } from "./asn1.ts";
import { constructed, nullValue, oid, sequence, smallInteger } from "./asn1-make.ts";
import { oidOf, partsOf, smallIntegerOf } from "./asn1-read.ts";

/** Hashes that signatures may use, with their length in octets. */
export const hashes = {
  sha1: { oid: "1.3.14.3.2.26", length: 20 },
  sha224: { oid: "2.16.840.1.101.3.4.2.4", length: 28 },
  sha256: { oid: "2.16.840.1.101.3.4.2.1", length: 32 },
  sha384: { oid: "2.16.840.1.101.3.4.2.2", length: 48 },
  sha512: { oid: "2.16.840.1.101.3.4.2.3", length: 64 },
} as const;
export type Hash = keyof typeof hashes;
export const hashNames: readonly Hash[] = ["sha1", "sha224", "sha256", "sha384", "sha512"];

export const keyOid = {
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  dsa: "1.2.840.10040.4.1",
  ec: "1.2.840.10045.2.1",
} as const;

/**
 * How a signature was made. `own`: as the key's algorithm says (EdDSA, ML-DSA and whatever comes after them).
 */
export type Scheme =
  | { readonly kind: "hashed"; readonly keyOid: string; readonly hash: Hash }
  | { readonly kind: "pss"; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: "own"; readonly oid: string };

/** OIDs that stand for a type of key and a hash (RFC 8017 and RFC 4055; RFC 5758 and RFC 3279). */
const hashedSchemes: readonly { oid: string; keyOid: string; hash: Hash }[] = [
  { oid: "1.2.840.113549.1.1.5", keyOid: keyOid.rsa, hash: "sha1" },
  { oid: "1.2.840.113549.1.1.14", keyOid: keyOid.rsa, hash: "sha224" },
  { oid: "1.2.840.113549.1.1.11", keyOid: keyOid.rsa, hash: "sha256" },
  { oid: "1.2.840.113549.1.1.12", keyOid: keyOid.rsa, hash: "sha384" },
  { oid: "1.2.840.113549.1.1.13", keyOid: keyOid.rsa, hash: "sha512" },
  { oid: "1.2.840.10045.4.1", keyOid: keyOid.ec, hash: "sha1" },
  { oid: "1.2.840.10045.4.3.1", keyOid: keyOid.ec, hash: "sha224" },
  { oid: "1.2.840.10045.4.3.2", keyOid: keyOid.ec, hash: "sha256" },
  { oid: "1.2.840.10045.4.3.3", keyOid: keyOid.ec, hash: "sha384" },
  { oid: "1.2.840.10045.4.3.4", keyOid: keyOid.ec, hash: "sha512" },
  { oid: "1.2.840.10040.4.3", keyOid: keyOid.dsa, hash: "sha1" },
  { oid: "2.16.840.1.101.3.4.3.1", keyOid: keyOid.dsa, hash: "sha224" },
  { oid: "2.16.840.1.101.3.4.3.2", keyOid: keyOid.dsa, hash: "sha256" },
];

const mgf1 = "1.2.840.113549.1.1.8";

/** AlgorithmIdentifier, DER. RSA has NULL for parameters, the others none (RFC 4055 section 5, RFC 5758). */
export function encodeScheme(scheme: Scheme): Uint8Array {
  switch (scheme.kind) {
    case "hashed": {
      const row = hashedSchemes.find((entry) => entry.keyOid === scheme.keyOid && entry.hash === scheme.hash);
      const parameters = scheme.keyOid === keyOid.rsa ? [nullValue()] : [];
      return encodeDer(sequence(oid(row?.oid ?? ""), ...parameters));
    }
    case "pss": {
      const hash = sequence(oid(hashes[scheme.hash].oid), nullValue());
      const fields = [hash, sequence(oid(mgf1), hash), smallInteger(scheme.saltLength)];
      const parameters = fields.map((field, number) => constructed(constructedTag(number), [field]));
      return encodeDer(sequence(oid(keyOid.rsaPss), sequence(...parameters)));
    }
    case "own":
      return encodeDer(sequence(oid(scheme.oid)));
  }
}

/**
 * Undefined for PSS with a hash that we do not know, or with one hash for the message and another for the
 * mask.
 *
 * @throws {X509Error} `not-der`
 */
export function decodeScheme(algorithmDer: Uint8Array): Scheme | undefined {
  const [type, parameters] = partsOf(decodeDer(algorithmDer), Tag.sequence, "signature algorithm");
  const typeOid = oidOf(type, "signature algorithm");
  if (typeOid === keyOid.rsaPss) return decodePss(parameters);
  const row = hashedSchemes.find((entry) => entry.oid === typeOid);
  return row ? { kind: "hashed", keyOid: row.keyOid, hash: row.hash } : { kind: "own", oid: typeOid };
}

/** RSASSA-PSS-params (RFC 4055 section 3.1), with its defaults of SHA-1 and a salt of 20 octets. */
function decodePss(parameters: DerValue | undefined): Scheme | undefined {
  const fields = partsOf(parameters, Tag.sequence, "PSS parameters");
  const field = (number: number): DerValue | undefined =>
    fields.find(({ tag }) => tag === constructedTag(number))?.parts[0];
  const hash = decodeHash(field(0));
  const mask = field(1);
  const maskHash = mask ? decodeHash(partsOf(mask, Tag.sequence, "PSS mask")[1]) : "sha1";
  const salt = field(2);
  const saltLength = salt ? smallIntegerOf(salt, "PSS salt length") : hashes.sha1.length;
  return hash !== undefined && hash === maskHash ? { kind: "pss", hash, saltLength } : undefined;
}

function decodeHash(algorithm: DerValue | undefined): Hash | undefined {
  if (algorithm === undefined) return "sha1";
  const hashOid = oidOf(partsOf(algorithm, Tag.sequence, "hash")[0], "hash");
  return hashNames.find((name) => hashes[name].oid === hashOid);
}
