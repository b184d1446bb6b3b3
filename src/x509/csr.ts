import { hash as hashOf } from "node:crypto";
import { type Asn1, constructedTag, type DerValue, decodeDer, encodeDer, Tag } from "./asn1.ts";
import {
  bitString,
  constructed,
  embedded,
  inDerOrder,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "./asn1-make.ts";
import { bytesOfBitString, expectEnd, oidOf, partDer, partsOf, smallIntegerOf } from "./asn1-read.ts";
import { bmpString, directoryString, textOf } from "./asn1-text.ts";
import { reading, X509Error } from "./error.ts";
import { decodeExtensions, encodeExtensions } from "./extension-list.ts";
import { type Extension, encodeSubjectAltNameExtension } from "./extensions.ts";
import { type Hash, type KeyPair, signDer, spkiDer, type Verdict, verifySignature } from "./keys.ts";
import { encodeName, formatName, parseSubject, type SubjectAltName } from "./names.ts";
import { derOf, encodePem } from "./pem.ts";

/** A certificate signing request (PKCS#10, RFC 2986). */
export interface Csr {
  readonly der: Uint8Array;
  /** The signed part. */
  readonly tbsDer: Uint8Array;
  /** Text form, most specific part first; empty for an empty subject. */
  readonly subject: string;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  /** The requested extensions, in order; empty when there are none. */
  readonly extensions: readonly Extension[];
  readonly challengePassword?: string;
  /** certmonger: the request's nickname. */
  readonly friendlyName?: string;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export interface CsrOptions {
  /** Text (`CN=www.example.test,O=Lab`) or an encoded name. */
  readonly subject: string | Uint8Array;
  readonly keyPair: KeyPair;
  readonly subjectAltNames?: readonly SubjectAltName[];
  /** Beside the one for the names. */
  readonly extensions?: readonly Extension[];
  /** Text, or the DER of a string. */
  readonly challengePassword?: string | Uint8Array;
  readonly friendlyName?: string;
  /** What RSA and EC keys sign with; the usual one when it is absent. */
  readonly hash?: Hash;
}

/** What attributes stand for (RFC 2985). Microsoft's clients ask for extensions under an OID of their own. */
const attributeOid = {
  challengePassword: "1.2.840.113549.1.9.7",
  extensionRequest: "1.2.840.113549.1.9.14",
  friendlyName: "1.2.840.113549.1.9.20",
  microsoftExtensions: "1.3.6.1.4.1.311.2.1.14",
} as const;

const labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/**
 * Reads a CSR: PEM with either label and any text around it, or DER. The signature is for `verifyCsr` to
 * check, the key is kept as it is.
 *
 * @throws {X509Error} `not-pem`, `not-der` (also for octets after its end), `not-csr`
 */
export function readCsr(input: string | Uint8Array): Csr {
  // The SDK reads the CSR of a run, and then the helper does.
  if (lastRead?.input === input) return lastRead.csr;
  const csr = read(input);
  if (typeof input === "string") lastRead = { input, csr };
  return csr;
}

let lastRead: { readonly input: string; readonly csr: Csr } | undefined;

function read(input: string | Uint8Array): Csr {
  const der = reading("not-pem", "CSR", () => derOf(input, labels));
  const value = reading("not-der", "CSR", () => decodeDer(der));
  return reading("not-csr", "CSR", () => {
    const [tbs, algorithm, signature, ...rest] = partsOf(value, Tag.sequence, "the request");
    const [version, subject, spki, attributes, ...more] = partsOf(tbs, Tag.sequence, "the signed part");
    expectEnd([...rest, ...more], "the request");
    if (smallIntegerOf(version, "version") !== 0) throw new X509Error("not-csr", "version is not 1");
    const subjectDer = partDer(subject, Tag.sequence, "subject");
    return {
      der,
      tbsDer: partDer(tbs, Tag.sequence, "the signed part"),
      subject: formatName(subjectDer),
      subjectDer,
      spkiDer: partDer(spki, Tag.sequence, "key"),
      ...decodeAttributes(attributes),
      signatureAlgorithmDer: partDer(algorithm, Tag.sequence, "signature algorithm"),
      signature: bytesOfBitString(signature, "signature"),
    };
  });
}

/** Whether the CSR is signed with the key that it asks a certificate for. */
export function verifyCsr(csr: Csr): Verdict {
  return verifySignature(csr.tbsDer, csr.signatureAlgorithmDer, csr.signature, csr.spkiDer);
}

/** A signed CSR, PEM; @throws {X509Error} `not-name`, `bad-value`, `unsupported-key` */
export function createCsr(options: CsrOptions): string {
  const { subject, keyPair, hash } = options;
  const subjectDer = typeof subject === "string" ? encodeName(parseSubject(subject)) : subject;
  const tbs = sequence(
    smallInteger(0),
    embedded(subjectDer),
    embedded(spkiDer(keyPair.publicKey)),
    constructed(constructedTag(0), inDerOrder(encodeAttributes(options))),
  );
  const { algorithmDer, signature } = signDer(encodeDer(tbs), keyPair.privateKey, hash);
  const csr = sequence(tbs, embedded(algorithmDer), bitString(signature));
  return encodePem("CERTIFICATE REQUEST", encodeDer(csr));
}

/** SHA-256 of the DER, hex: the same for every PEM form of one CSR. */
export function csrDigest(csr: Csr): string {
  return hashOf("sha256", csr.der);
}

function encodeAttributes(options: CsrOptions): Asn1[] {
  const { challengePassword, friendlyName, subjectAltNames, extensions = [] } = options;
  const names = subjectAltNames?.length ? [encodeSubjectAltNameExtension(subjectAltNames)] : [];
  const requested = [...names, ...extensions];
  const attributes: Asn1[] = [];
  const add = (type: string, value: Asn1) => attributes.push(sequence(oid(type), setOf([value])));
  if (challengePassword !== undefined) {
    const isText = typeof challengePassword === "string";
    const value = isText ? directoryString(challengePassword) : embedded(challengePassword);
    add(attributeOid.challengePassword, value);
  }
  if (friendlyName !== undefined) add(attributeOid.friendlyName, bmpString(friendlyName));
  if (requested.length > 0) add(attributeOid.extensionRequest, encodeExtensions(requested));
  return attributes;
}

type Attributes = Pick<Csr, "extensions" | "challengePassword" | "friendlyName">;

const attributeFields: ReadonlyMap<string, keyof Attributes> = new Map([
  [attributeOid.challengePassword, "challengePassword"],
  [attributeOid.extensionRequest, "extensions"],
  [attributeOid.microsoftExtensions, "extensions"],
  [attributeOid.friendlyName, "friendlyName"],
]);

/**
 * Unknown attributes are passed over, and the whole field may be missing. A known one that comes twice is
 * refused: no two readers shall see different names.
 */
function decodeAttributes(attributes: DerValue | undefined): Attributes {
  const values = new Map<keyof Attributes, DerValue>();
  for (const attribute of attributes ? partsOf(attributes, constructedTag(0), "attributes") : []) {
    const [type, set, ...rest] = partsOf(attribute, Tag.sequence, "attribute");
    const name = attributeFields.get(oidOf(type, "attribute"));
    const [value, ...more] = partsOf(set, Tag.set, "attribute's values");
    if (name === undefined || value === undefined) continue;
    expectEnd([...rest, ...more], name);
    if (values.has(name)) throw new X509Error("not-csr", `${name} twice`);
    values.set(name, value);
  }
  const extensions = values.get("extensions");
  const challengePassword = textOf(values.get("challengePassword"));
  const friendlyName = textOf(values.get("friendlyName"));
  return {
    extensions: extensions === undefined ? [] : decodeExtensions(extensions),
    ...(challengePassword !== undefined && { challengePassword }),
    ...(friendlyName !== undefined && { friendlyName }),
  };
}
