import { certificateText, isAscii, namedCertificate } from "./certificate-text.ts";
import { ProtocolError } from "./failure.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import { isCompletePem, type PemBlock, splitPem } from "./pem.ts";
import { type Issued, issued, type NamedCertificate } from "./result.ts";
import { untilNul } from "./text.ts";

/**
 * An issued certificate on stdout: the leaf, then its chain, as PEM; with roots, the JSON form, because only that
 * can hand over roots.
 *
 * @throws {ProtocolError} when anything in it is not one complete CERTIFICATE block in ASCII
 */
export function encodeIssued(result: Issued): string {
  const certificate = certificateText("the certificate", result.certificate);
  const chain = result.chain.map((pem, index) => certificateText(`chain certificate ${index + 1}`, pem));
  const { roots = [] } = result;
  if (roots.length === 0) return [certificate, ...chain].join("");
  const json = {
    certificate,
    chain: chain.map((pem, index) => ({ nickname: `chain #${index + 1}`, certificate: pem })),
    roots: roots.map(namedCertificate),
  };
  return `${JSON.stringify(json)}\n`;
}

/**
 * The certificate that certmonger finds in the stdout of a reply with exit status 0: JSON if all of it is one JSON
 * object, else PEM blocks with any ASCII text around them. Doubles are dropped.
 *
 * Where certmonger sorts the certificates by who issued whom, this takes the first as the leaf: helpers print it
 * first, and telling otherwise needs ASN.1. Binary output and PKCS#7, which certmonger reads too, are not for
 * this module: a `ProtocolError` says so, and `src/x509` reads them. And where certmonger decodes a block whatever
 * its closing line and whatever stands between its base64, this does not.
 *
 * @throws {ProtocolError} when there is no certificate in it, or a PEM block that is not complete
 * @see certmonger 0.79.21 src/submit-e.c, cm_submit_e_postprocess_main; src/pkcs7.c, cm_pkcs7_parse_buffer
 */
export function decodeIssued(stdout: string): Issued {
  const output = untilNul(stdout);
  const json = readJson(output);
  if (json !== undefined && json.end === output.length && json.value instanceof Map) {
    return decodeJson(json.value);
  }
  return fromBlocks(certificatesIn(output), []);
}

function decodeJson(value: Json): Issued {
  const chain = jsonItems(jsonMember(value, "chain")).flatMap(blocksOf);
  const roots = jsonItems(jsonMember(value, "roots")).flatMap(namedRoots);
  return fromBlocks([...blocksOf(value), ...chain], roots);
}

function fromBlocks(blocks: readonly PemBlock[], roots: readonly NamedCertificate[]): Issued {
  const distinct = new Map(blocks.map((block) => [block.base64, block.text]));
  const [certificate, ...chain] = distinct.values();
  if (certificate === undefined) throw new ProtocolError("exit status 0 without a certificate on stdout");
  return issued({ certificate, chain, roots });
}

/** The blocks of an object's certificate; none for anything else, as certmonger passes over it. */
function blocksOf(item: Json): PemBlock[] {
  const pem = jsonMember(item, "certificate");
  return typeof pem === "string" ? certificatesIn(pem) : [];
}

/** Roots without a nickname are numbered by their place; more than one under one nickname are numbered on. */
function namedRoots(item: Json, index: number): NamedCertificate[] {
  const given = jsonMember(item, "nickname");
  const name = typeof given === "string" ? given : `root #${index + 1}`;
  return blocksOf(item).map((block, number) => ({
    nickname: number === 0 ? name : `${name} #${number + 1}`,
    certificate: block.text,
  }));
}

/** The PEM blocks of a text that may be certificates: a block that says it is a request or a key is passed over. */
function certificatesIn(text: string): PemBlock[] {
  if (/^0[\u0080-\uffff]/.test(text)) throw new ProtocolError("binary output (DER) is not read here");
  if (!isAscii(text))
    throw new ProtocolError("text that is not ASCII: certmonger finds no certificate in it");
  if (!text.includes("-----BEGIN")) return [];
  if (!isCompletePem(text)) {
    throw new ProtocolError("PEM that is not complete: certmonger hangs on a block that never ends");
  }
  if (/[^\r\n]-----END/.test(text)) {
    throw new ProtocolError(
      "a PEM block whose closing line is indented: certmonger finds no certificate in it",
    );
  }
  const blocks = splitPem(text).filter((block) => !/REQUEST|KEY|CRL|PARAMETERS/.test(block.label));
  if (blocks.some(isPkcs7)) throw new ProtocolError("PKCS#7 is not read here");
  return blocks;
}

/** By its label, or by the object identifier of signed data with which its content starts. */
function isPkcs7(block: PemBlock): boolean {
  return /PKCS ?#?7|CMS/.test(block.label) || block.base64.slice(0, 24).includes("YJKoZIhvcNAQcC");
}
