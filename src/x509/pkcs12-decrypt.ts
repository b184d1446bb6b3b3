import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import rc2 from "node-forge/lib/rc2.js";
import forgeUtil from "node-forge/lib/util.js";
import { type DerValue, Tag } from "./asn1.ts";
import { contentOf, oidOf, partsOf } from "./asn1-read.ts";
import { X509Error } from "./error.ts";
import { iterationsOf } from "./pkcs12-contents.ts";
import { derivePkcs12Key, purpose } from "./pkcs12-key.ts";
import type { Hash } from "./signature-algorithms.ts";

/**
 * Undoes a password-based encryption of PKCS#12: PBES2 with PBKDF2 (RFC 8018), or one of PKCS#12's own with triple DES
 * or RC2 (RFC 7292 appendix C). OpenSSL does it all but RC2, which it has put away; that is node-forge's.
 *
 * @param algorithm AlgorithmIdentifier
 * @throws {X509Error} `not-pkcs12`
 */
export function decryptWithPassword(
  algorithm: DerValue | undefined,
  encrypted: Uint8Array,
  password: string | null,
): Uint8Array {
  const [type, parameters] = partsOf(algorithm, Tag.sequence, "encryption");
  const typeOid = oidOf(type, "encryption");
  const decrypt =
    typeOid === pbes2 ? pbes2Decryption(parameters, password) : ownDecryption(typeOid, parameters, password);
  try {
    return decrypt(encrypted);
  } catch (error) {
    throw new X509Error("not-pkcs12", "it does not decrypt", { cause: error });
  }
}

type Decryption = (encrypted: Uint8Array) => Uint8Array;

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";

/** What PBKDF2 makes its rounds with: HMAC with this hash. SHA-1 where it is not said. */
const rounds: Readonly<Record<string, Hash>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

const ciphers: Readonly<Record<string, { readonly name: string; readonly keyOctets: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyOctets: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyOctets: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyOctets: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyOctets: 24 },
};

function pbes2Decryption(parameters: DerValue | undefined, password: string | null): Decryption {
  const [derivation, scheme] = partsOf(parameters, Tag.sequence, "encryption's parameters");
  const [derivationType, derivationParameters] = partsOf(derivation, Tag.sequence, "key derivation");
  const derivationOid = oidOf(derivationType, "key derivation");
  const [schemeType, initialVector] = partsOf(scheme, Tag.sequence, "cipher");
  const schemeOid = oidOf(schemeType, "cipher");
  const cipher = ciphers[schemeOid];
  if (derivationOid !== pbkdf2) throw unsupported("key derivation", derivationOid);
  if (cipher === undefined) throw unsupported("cipher", schemeOid);
  const [salt, count, ...rest] = partsOf(derivationParameters, Tag.sequence, "PBKDF2");
  const hash = roundOf(rest.find(({ tag }) => tag === Tag.sequence));
  const key = pbkdf2Sync(
    // Octets of its UTF-8 here, and of its UTF-16 in PKCS#12's own.
    Buffer.from(password ?? "", "utf8"),
    contentOf(salt, Tag.octetString, "PBKDF2's salt"),
    iterationsOf(count, "PBKDF2"),
    cipher.keyOctets,
    hash,
  );
  return withOpenssl(cipher.name, key, contentOf(initialVector, Tag.octetString, "cipher's start"));
}

function roundOf(algorithm: DerValue | undefined): Hash {
  if (algorithm === undefined) return "sha1";
  const oid = oidOf(partsOf(algorithm, Tag.sequence, "PBKDF2's round")[0], "PBKDF2's round");
  const hash = rounds[oid];
  if (hash === undefined) throw unsupported("PBKDF2 with", oid);
  return hash;
}

/** How PKCS#12's own ciphers make a decryption of key and initial vector. */
const own: Readonly<
  Record<string, { keyOctets: number; decryption(key: Uint8Array, iv: Uint8Array): Decryption }>
> = {
  "1.2.840.113549.1.12.1.3": {
    keyOctets: 24,
    decryption: (key, iv) => withOpenssl("des-ede3-cbc", key, iv),
  },
  "1.2.840.113549.1.12.1.4": {
    keyOctets: 16,
    decryption: (key, iv) => withOpenssl("des-ede3-cbc", Buffer.concat([key, key.subarray(0, 8)]), iv),
  },
  "1.2.840.113549.1.12.1.5": { keyOctets: 16, decryption: (key, iv) => withRc2(key, iv) },
  "1.2.840.113549.1.12.1.6": { keyOctets: 5, decryption: (key, iv) => withRc2(key, iv) },
};

function ownDecryption(
  typeOid: string,
  parameters: DerValue | undefined,
  password: string | null,
): Decryption {
  const scheme = own[typeOid];
  if (scheme === undefined) throw unsupported("encryption", typeOid);
  const [saltValue, count] = partsOf(parameters, Tag.sequence, "encryption's parameters");
  const salt = contentOf(saltValue, Tag.octetString, "encryption's salt");
  const derivation = { hash: "sha1", password, salt, iterations: iterationsOf(count, "encryption") } as const;
  const key = derivePkcs12Key({ ...derivation, purpose: purpose.encryption, octets: scheme.keyOctets });
  const initialVector = derivePkcs12Key({ ...derivation, purpose: purpose.initialVector, octets: 8 });
  return scheme.decryption(key, initialVector);
}

const unsupported = (what: string, oid: string): X509Error =>
  new X509Error("not-pkcs12", `${what} ${oid} is not supported`);

const withOpenssl =
  (cipher: string, key: Uint8Array, initialVector: Uint8Array): Decryption =>
  (encrypted) => {
    const decipher = createDecipheriv(cipher, key, initialVector);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  };

const withRc2 =
  (key: Uint8Array, initialVector: Uint8Array): Decryption =>
  (encrypted) => {
    const decipher = rc2.createDecryptionCipher(binary(key), 8 * key.length);
    decipher.start(binary(initialVector));
    decipher.update(forgeUtil.createBuffer(binary(encrypted)));
    if (!decipher.finish()) throw new X509Error("not-pkcs12", "its padding is wrong");
    return Buffer.from(decipher.output.getBytes(), "latin1");
  };

/** forge's octets: one character each. */
const binary = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");
