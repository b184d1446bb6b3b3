import { createHmac, type KeyObject, randomBytes } from "node:crypto";
import { type Asn1, constructedTag, encodeDer } from "./asn1.ts";
import {
  constructed,
  embedded,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "./asn1-make.ts";
import { bmpString } from "./asn1-text.ts";
import type { Certificate } from "./certificate.ts";
import { bagType, contentType } from "./pkcs12-contents.ts";
import { derivePkcs12Key, purpose } from "./pkcs12-key.ts";
import { hashes } from "./signature-algorithms.ts";

const x509Certificate = "1.2.840.113549.1.9.22.1";
const attributeType = { friendlyName: "1.2.840.113549.1.9.20", localKeyId: "1.2.840.113549.1.9.21" } as const;

export interface Pkcs12Contents {
  readonly privateKey: KeyObject;
  /** The certificate of the key: readers want one. */
  readonly certificate: Certificate;
  /** NSS gives it to the key as well as to the certificate. */
  readonly friendlyName: string;
  /** Long and random: the key is encrypted with AES-128, the MAC made in a single round. */
  readonly password: string;
}

/**
 * A PKCS#12 file for a program that reads it at once: it is not meant to be kept.
 *
 * @see RFC 7292 section 4
 */
export function createPkcs12(contents: Pkcs12Contents): Uint8Array {
  const { privateKey, certificate, password } = contents;
  const form = { type: "pkcs8", format: "der", cipher: "aes-128-cbc", passphrase: password } as const;
  const encryptedKey = explicit(embedded(privateKey.export(form)));
  const certificateValue = explicit(sequence(oid(x509Certificate), explicit(octetString(certificate.der))));
  const bagAttributes = attributes(contents.friendlyName);
  const safe = sequence(
    sequence(oid(bagType.encryptedKey), encryptedKey, bagAttributes),
    sequence(oid(bagType.certificate), certificateValue, bagAttributes),
  );
  const authenticatedSafe = encodeDer(sequence(data(encodeDer(safe))));
  return encodeDer(sequence(smallInteger(3), data(authenticatedSafe), macData(authenticatedSafe, password)));
}

/** The name of a bag, and which key belongs to which certificate. */
const attributes = (friendlyName: string): Asn1 =>
  setOf([
    sequence(oid(attributeType.friendlyName), setOf([bmpString(friendlyName)])),
    sequence(oid(attributeType.localKeyId), setOf([octetString(Uint8Array.of(1))])),
  ]);

const explicit = (value: Asn1): Asn1 => constructed(constructedTag(0), [value]);
const data = (content: Uint8Array): Asn1 => sequence(oid(contentType.data), explicit(octetString(content)));

function macData(authenticatedSafe: Uint8Array, password: string): Asn1 {
  const salt = randomBytes(8);
  const key = derivePkcs12Key({
    hash: "sha256",
    password,
    salt,
    iterations: 1,
    purpose: purpose.mac,
    octets: hashes.sha256.length,
  });
  const digest = createHmac("sha256", key).update(authenticatedSafe).digest();
  const algorithm = sequence(oid(hashes.sha256.oid), nullValue());
  return sequence(sequence(algorithm, octetString(digest)), octetString(salt));
}
