import { type DerValue, decodeDer, Tag } from "../../src/x509/asn1.ts";
import { bytesOfBitString, contentOf, oidOf, partsOf } from "../../src/x509/asn1-read.ts";
import type { KeyType } from "./policy.ts";

/** What a policy can ask of a subject's key. */
export interface SubjectKey {
  /** `undefined`: a kind of key that no policy can allow (DSA, EC on another curve, …). */
  readonly type: KeyType | undefined;
  /** For messages: `RSA, 1024 bits`, `EC on 1.3.132.0.10`. */
  readonly description: string;
  readonly rsaBits?: number;
}

/**
 * A SubjectPublicKeyInfo as a policy sees it. It tells the kind by the OID alone, so that a key does not have
 * to be one that OpenSSL can read.
 *
 * @throws {X509Error} `not-der` and others, when it is none
 */
export function describeSubjectKey(spkiDer: Uint8Array): SubjectKey {
  const [identifier, bits] = partsOf(decodeDer(spkiDer), Tag.sequence, "key");
  const [algorithm, parameters] = partsOf(identifier, Tag.sequence, "key's algorithm");
  const oid = oidOf(algorithm, "key's algorithm");
  if (oid === ecKey) return describeEcKey(parameters);
  if (rsaKeys.includes(oid)) return describeRsaKey(bytesOfBitString(bits, "key"));
  const type = otherKeys[oid];
  if (type !== undefined) return { type, description: type };
  const unfit = unfitKeys[oid];
  if (unfit !== undefined) return { type: undefined, description: unfit };
  return { type: "other", description: `of the unknown kind ${oid}` };
}

const ecKey = "1.2.840.10045.2.1";

const curves: Readonly<Record<string, KeyType>> = {
  "1.2.840.10045.3.1.7": "EC-P256",
  "1.3.132.0.34": "EC-P384",
  "1.3.132.0.35": "EC-P521",
};

function describeEcKey(parameters: DerValue | undefined): SubjectKey {
  const curve = oidOf(parameters, "curve");
  const type = curves[curve];
  return { type, description: type ?? `EC on ${curve}` };
}

/** rsaEncryption and RSASSA-PSS. */
const rsaKeys: readonly string[] = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];

/** RFC 8410, FIPS 204. */
const otherKeys: Readonly<Record<string, KeyType>> = {
  "1.3.101.112": "Ed25519",
  "1.3.101.113": "Ed448",
  "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
  "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
  "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
};

/** Out of use, or made for key agreement: such a key can not have signed a CSR. */
const unfitKeys: Readonly<Record<string, string>> = {
  "1.2.840.10040.4.1": "DSA",
  "1.2.840.10046.2.1": "Diffie-Hellman",
  "1.3.101.110": "X25519",
  "1.3.101.111": "X448",
};

/** RSAPublicKey (RFC 8017 appendix A.1.1). */
function describeRsaKey(publicKeyDer: Uint8Array): SubjectKey {
  const [modulus, exponent] = partsOf(decodeDer(publicKeyDer), Tag.sequence, "RSA key");
  const octets = contentOf(exponent, Tag.integer, "RSA key's exponent");
  // With 1 a signature is the text itself, so that everybody can sign: OpenSSL 3 finds it in order.
  if (octets.length === 1 && (octets[0] ?? 0) < 3)
    return { type: undefined, description: `RSA with exponent ${octets[0]}` };
  const rsaBits = bitsOf(modulus);
  return { type: "RSA", description: `RSA, ${rsaBits} bits`, rsaBits };
}

function bitsOf(modulus: DerValue | undefined): number {
  const octets = modulus?.content ?? [];
  const first = octets.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : 8 * (octets.length - first) - Math.clz32(octets[first] ?? 0) + 24;
}
