import { certificateText, isAscii } from "./certificate-text.ts";
import { ProtocolError } from "./failure.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import { isCompletePem, type PemBlock, splitPem } from "./pem.ts";
import { type Issued, issued, type NamedCertificate } from "./result.ts";

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
    roots: roots.map((root) => ({
      nickname: root.nickname,
      certificate: certificateText(`the root ${JSON.stringify(root.nickname)}`, root.certificate),
    })),
  };
  return `${JSON.stringify(json)}\n`;
}

/**
 * The certificate that certmonger finds in the stdout of a reply with exit status 0: JSON if all of it is one JSON
 * object, else PEM blocks with any ASCII text around them.
 *
 * Where certmonger sorts the certificates by who issued whom, this takes the first as the leaf: helpers print it
 * first, and telling otherwise needs ASN.1. Binary output and PKCS#7, which certmonger reads too, are not for
 * this module: a `ProtocolError` says so, and `src/x509` reads them.
 *
 * @throws {ProtocolError} when there is no certificate in it, or a PEM block that never ends
 * @see certmonger 0.79.21 src/submit-e.c, cm_submit_e_postprocess_main; src/pkcs7.c, cm_pkcs7_parse_buffer
 */
export function decodeIssued(stdout: string): Issued {
  const json = readJson(stdout);
  if (json !== undefined && json.end === stdout.length && json.value instanceof Map)
    return decodeJson(json.value);
  const [leaf, ...chain] = decodePem(stdout);
  if (leaf === undefined) throw new ProtocolError("exit status 0 without a certificate on stdout");
  return issued({ certificate: leaf.text, chain: chain.map((block) => block.text) });
}

function decodeJson(value: Json): Issued {
  const pem = jsonMember(value, "certificate");
  const [leaf, ...more] = typeof pem === "string" ? decodePem(pem) : [];
  if (leaf === undefined) throw new ProtocolError("JSON without a certificate on stdout");
  const chain = jsonItems(jsonMember(value, "chain")).flatMap((item) => certificateOf(item));
  const roots = jsonItems(jsonMember(value, "roots")).flatMap((item, index) => namedRoots(item, index));
  return issued({ certificate: leaf.text, chain: [...more, ...chain].map((block) => block.text), roots });
}

/** The blocks of a chain or root item; an item that is no object with a certificate is passed over. */
function certificateOf(item: Json): PemBlock[] {
  const pem = jsonMember(item, "certificate");
  return typeof pem === "string" ? decodePem(pem) : [];
}

function namedRoots(item: Json, index: number): NamedCertificate[] {
  const given = jsonMember(item, "nickname");
  const nickname = typeof given === "string" ? given : `root #${index + 1}`;
  return certificateOf(item).map((block) => ({ nickname, certificate: block.text }));
}

function decodePem(text: string): PemBlock[] {
  if (/^0[\u0080-\uffff]/.test(text)) throw new ProtocolError("binary output (DER) is not read here");
  if (!isAscii(text))
    throw new ProtocolError("text that is not ASCII: certmonger finds no certificate in it");
  const blocks = splitPem(text);
  if (text.includes("-----BEGIN") && !isCompletePem(text)) {
    throw new ProtocolError("PEM that is not complete: certmonger hangs on a block that never ends");
  }
  if (blocks.some(isPkcs7)) throw new ProtocolError("PKCS#7 is not read here");
  return blocks;
}

/** By its label, or by the object identifier of signed data with which its content starts. */
function isPkcs7(block: PemBlock): boolean {
  return /PKCS ?#?7|CMS/.test(block.label) || block.base64.slice(0, 24).includes("YJKoZIhvcNAQcC");
}
