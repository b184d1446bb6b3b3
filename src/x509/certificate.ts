import { type KeyObject, randomBytes } from "node:crypto";
import { type Asn1, constructedTag, type DerValue, decodeDer, encodeDer, primitiveTag, Tag } from "./asn1.ts";
import {
  bitString,
  constructed,
  embedded,
  primitive,
  sequence,
  smallInteger,
  unsignedInteger,
} from "./asn1-make.ts";
import { bytesOfBitString, contentOf, expectEnd, partDer, partsOf } from "./asn1-read.ts";
import { decodeTime, encodeTime } from "./asn1-time.ts";
import { reading, X509Error } from "./error.ts";
import { decodeExtensions, encodeExtensions } from "./extension-list.ts";
import type { Extension } from "./extensions.ts";
import { type Hash, signerOf, verifySignature } from "./keys.ts";
import { formatName } from "./names.ts";
import { derOf, encodePem } from "./pem.ts";

/** A certificate (RFC 5280 section 4.1). */
export interface Certificate {
  readonly der: Uint8Array;
  /** The signed part. */
  readonly tbsDer: Uint8Array;
  /**
   * Lower-case hex, two digits an octet, without a sign octet: `0f3a`. `-05` for a negative one, which some
   * CAs made.
   */
  readonly serial: string;
  /** Text form, most specific part first, like `issuer`. */
  readonly subject: string;
  readonly subjectDer: Uint8Array;
  readonly issuer: string;
  readonly issuerDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export interface CertificateOptions {
  /** Hex, positive, at most 20 octets as INTEGER; see `randomSerial`. */
  readonly serial: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  /** Parts of a second are dropped, here and in `notAfter`. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  /** The issuer's private key. */
  readonly issuerKey: KeyObject;
  /** What RSA and EC keys sign with; the usual one when it is absent. */
  readonly hash?: Hash;
  /** Octets of issuerUniqueID and subjectUniqueID, which RFC 5280 section 4.1.2.8 forbids: for old programs. */
  readonly uniqueId?: Uint8Array;
}

const labels = ["CERTIFICATE", "X509 CERTIFICATE"];

/**
 * Reads a certificate: the first one in PEM text, or DER. No signature is checked.
 *
 * @throws {X509Error} `not-pem`, `not-der`, `not-certificate`
 */
export function readCertificate(input: string | Uint8Array): Certificate {
  const der = reading("not-pem", "certificate", () => derOf(input, labels));
  const value = reading("not-der", "certificate", () => decodeDer(der));
  return reading("not-certificate", "certificate", () => {
    const [tbs, algorithm, signature, ...rest] = partsOf(value, Tag.sequence, "it");
    expectEnd(rest, "it");
    const signatureAlgorithmDer = partDer(algorithm, Tag.sequence, "signature algorithm");
    return {
      der,
      tbsDer: partDer(tbs, Tag.sequence, "the signed part"),
      ...decodeSignedPart(tbs, signatureAlgorithmDer),
      signatureAlgorithmDer,
      signature: bytesOfBitString(signature, "signature"),
    };
  });
}

function decodeSignedPart(tbs: DerValue | undefined, algorithmDer: Uint8Array) {
  const all = partsOf(tbs, Tag.sequence, "the signed part");
  // The version is absent in version 1.
  const [serial, algorithm, issuer, validity, subject, spki, ...optional] =
    all[0]?.tag === constructedTag(0) ? all.slice(1) : all;
  const [notBefore, notAfter, ...rest] = partsOf(validity, Tag.sequence, "validity");
  expectEnd(rest, "validity");
  const innerAlgorithmDer = partDer(algorithm, Tag.sequence, "inner signature algorithm");
  if (Buffer.compare(innerAlgorithmDer, algorithmDer) !== 0) {
    throw new X509Error("not-certificate", "the two signature algorithms differ");
  }
  const issuerDer = partDer(issuer, Tag.sequence, "issuer");
  const subjectDer = partDer(subject, Tag.sequence, "subject");
  const extensions = optional.find(({ tag }) => tag === constructedTag(3));
  return {
    serial: formatSerial(contentOf(serial, Tag.integer, "serial")),
    issuer: formatName(issuerDer),
    issuerDer,
    notBefore: decodeTime(notBefore, "notBefore"),
    notAfter: decodeTime(notAfter, "notAfter"),
    subject: formatName(subjectDer),
    subjectDer,
    spkiDer: partDer(spki, Tag.sequence, "key"),
    extensions: extensions === undefined ? [] : decodeExtensions(extensions.parts[0]),
  };
}

/**
 * A signed version 3 certificate, PEM.
 *
 * @throws {X509Error} `bad-value`, `not-der` for names or a key that are no DER, `unsupported-key`
 */
export function createCertificate(options: CertificateOptions): string {
  const { notBefore, notAfter, extensions, issuerKey, hash, uniqueId } = options;
  if (notAfter < notBefore) {
    throw new X509Error("bad-value", "a certificate's notAfter lies before its notBefore");
  }
  const listed =
    extensions.length > 0 ? [constructed(constructedTag(3), [encodeExtensions(extensions)])] : [];
  const uniqueIds =
    uniqueId === undefined
      ? []
      : [1, 2].map((tag) => primitive(primitiveTag(tag), bitString(uniqueId).content));
  const { algorithmDer, sign } = signerOf(issuerKey, hash);
  const tbs = sequence(
    constructed(constructedTag(0), [smallInteger(2)]),
    encodeSerial(options.serial),
    embedded(algorithmDer),
    embedded(options.issuerDer),
    sequence(encodeTime(notBefore), encodeTime(notAfter)),
    embedded(options.subjectDer),
    embedded(options.spkiDer),
    ...uniqueIds,
    ...listed,
  );
  const certificate = sequence(tbs, embedded(algorithmDer), bitString(sign(encodeDer(tbs))));
  return encodePem("CERTIFICATE", encodeDer(certificate));
}

export function certificateToPem(certificate: Certificate): string {
  return encodePem("CERTIFICATE", certificate.der);
}

/**
 * Whether the issuer's name and key are behind this certificate. Nothing else is checked: no dates, no right
 * to sign.
 */
export function verifyCertificate(certificate: Certificate, issuer: Certificate): boolean {
  const { issuerDer, tbsDer, signatureAlgorithmDer, signature } = certificate;
  return (
    Buffer.compare(issuerDer, issuer.subjectDer) === 0 &&
    verifySignature(tbsDer, signatureAlgorithmDer, signature, issuer.spkiDer) === "valid"
  );
}

/**
 * 159 random bits, hex as in `Certificate.serial`: positive, at most 20 octets (RFC 5280 section 4.1.2.2).
 */
export function randomSerial(): string {
  const octets = randomBytes(20);
  octets[0] = (octets[0] ?? 0) & 0x7f;
  return octets.toString("hex").replace(/^(00)+/, "");
}

function encodeSerial(serial: string): Asn1 {
  const isHex = /^[0-9a-f]{1,42}$/i.test(serial) && !/^0+$/.test(serial);
  const value = isHex ? unsignedInteger(Buffer.from(serial.padStart(42, "0"), "hex")) : undefined;
  if (value === undefined || value.content.length > 20) {
    throw new X509Error("bad-value", "a serial is a positive number of at most 20 octets, in hex");
  }
  return value;
}

function formatSerial(content: Uint8Array): string {
  const hex = Buffer.from(content).toString("hex");
  if ((content[0] ?? 0) < 0x80) return content.length > 1 && content[0] === 0 ? hex.slice(2) : hex;
  const magnitude = ((1n << BigInt(8 * content.length)) - BigInt(`0x${hex}`)).toString(16);
  return `-${magnitude.padStart(magnitude.length + (magnitude.length % 2), "0")}`;
}
