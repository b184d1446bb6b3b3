import { constructedTag, type DerValue, Tag } from "./asn1.ts";
import { contentOf, oidOf, partDer, partsOf, smallIntegerOf } from "./asn1-read.ts";
import { decodeBer } from "./ber.ts";
import { X509Error } from "./error.ts";
import { type Hash, hashes, hashNames } from "./signature-algorithms.ts";

/** The outer shell of a PKCS#12 file (RFC 7292 section 4): what the MAC covers, and the MAC. */
export interface Pfx {
  readonly authenticatedSafe: Uint8Array;
  /** Absent in a file without integrity protection. */
  readonly mac?: Mac;
}

export interface Mac {
  readonly hash: Hash;
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** What a PKCS#12 file carries that we want; `der` of a key is PrivateKeyInfo. */
export interface Bag {
  readonly type: "key" | "certificate";
  readonly der: Uint8Array;
}

/** Undoes a password-based encryption: AlgorithmIdentifier and ciphertext. */
export type Decrypt = (algorithm: DerValue | undefined, encrypted: Uint8Array) => Uint8Array;

export const contentType = { data: "1.2.840.113549.1.7.1", encryptedData: "1.2.840.113549.1.7.6" } as const;
export const bagType = {
  key: "1.2.840.113549.1.12.10.1.1",
  encryptedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
} as const;

/** More would be an attack on our time: OpenSSL writes 2048, careful people a hundred thousand. */
const maximumIterations = 1_000_000;

export function readPfx(der: Uint8Array): Pfx {
  const [version, content, mac] = partsOf(decodeBer(der), Tag.sequence, "it");
  if (smallIntegerOf(version, "version") !== 3) throw new X509Error("not-pkcs12", "version is not 3");
  const authenticatedSafe = dataOf(content);
  return mac === undefined ? { authenticatedSafe } : { authenticatedSafe, mac: readMac(mac) };
}

function readMac(value: DerValue): Mac {
  const [digestInfo, salt, iterations] = partsOf(value, Tag.sequence, "MAC");
  const [algorithm, digest] = partsOf(digestInfo, Tag.sequence, "MAC's digest");
  const hashOid = oidOf(partsOf(algorithm, Tag.sequence, "MAC's hash")[0], "MAC's hash");
  const hash = hashNames.find((name) => hashes[name].oid === hashOid);
  if (hash === undefined) throw new X509Error("not-pkcs12", `MAC's hash ${hashOid} is not supported`);
  return {
    hash,
    digest: contentOf(digest, Tag.octetString, "MAC's digest"),
    salt: contentOf(salt, Tag.octetString, "MAC's salt"),
    iterations: iterations === undefined ? 1 : iterationsOf(iterations, "MAC"),
  };
}

/** How often a hash is repeated: from 1 to a million. */
export function iterationsOf(value: DerValue | undefined, where: string): number {
  const count = smallIntegerOf(value, `${where}'s iterations`);
  if (count < 1 || count > maximumIterations)
    throw new X509Error("not-pkcs12", `${where}'s iterations out of range`);
  return count;
}

/** Opens every part of the authenticated safe; bags of other types (CRLs, secrets) are passed over. */
export function readBags(authenticatedSafe: Uint8Array, decrypt: Decrypt): Bag[] {
  return partsOf(decodeBer(authenticatedSafe), Tag.sequence, "authenticated safe")
    .map((content) => openContent(content, decrypt))
    .flatMap((safe) => partsOf(decodeBer(safe), Tag.sequence, "safe"))
    .flatMap((bag) => readBag(bag, decrypt));
}

function openContent(content: DerValue, decrypt: Decrypt): Uint8Array {
  const [type, wrapped] = partsOf(content, Tag.sequence, "content");
  if (oidOf(type, "content") !== contentType.encryptedData) return dataOf(content);
  const [, encryptedContent] = partsOf(explicit(wrapped), Tag.sequence, "encrypted data");
  const [, algorithm, encrypted] = partsOf(encryptedContent, Tag.sequence, "encrypted content");
  return decrypt(algorithm, octetsOf(encrypted));
}

function readBag(bag: DerValue, decrypt: Decrypt): Bag[] {
  const [type, wrapped] = partsOf(bag, Tag.sequence, "bag");
  const value = explicit(wrapped);
  switch (oidOf(type, "bag")) {
    case bagType.key:
      return [{ type: "key", der: partDer(value, Tag.sequence, "key") }];
    case bagType.encryptedKey: {
      const [algorithm, encrypted] = partsOf(value, Tag.sequence, "encrypted key");
      return [{ type: "key", der: decrypt(algorithm, octetsOf(encrypted)) }];
    }
    case bagType.certificate: {
      const [, certificate] = partsOf(value, Tag.sequence, "certificate bag");
      return [{ type: "certificate", der: octetsOf(explicit(certificate)) }];
    }
    default:
      return [];
  }
}

/** The octets of a ContentInfo of type data. */
function dataOf(content: DerValue | undefined): Uint8Array {
  const [type, wrapped] = partsOf(content, Tag.sequence, "content");
  const typeOid = oidOf(type, "content");
  if (typeOid !== contentType.data) throw new X509Error("not-pkcs12", `content ${typeOid} is not supported`);
  return octetsOf(explicit(wrapped));
}

const explicit = (value: DerValue | undefined): DerValue | undefined =>
  partsOf(value, constructedTag(0), "field")[0];

/** OCTET STRING, or `[0]` in its place; BER may cut it into pieces. */
function octetsOf(value: DerValue | undefined): Uint8Array {
  if (value === undefined) throw new X509Error("not-pkcs12", "octets are missing");
  return value.parts.length > 0 ? Buffer.concat(value.parts.map(octetsOf)) : value.content;
}
