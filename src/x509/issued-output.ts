import { isCompletePem, type NamedCertificate, splitPem } from "../../protocol/index.ts";
import { readJson } from "../../protocol/json.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { readPkcs7 } from "./pkcs7.ts";

/** What certmonger takes from the stdout of a SUBMIT or POLL that exits 0. */
export interface IssuedOutput {
  /** The certificate that it installs. */
  readonly leaf: Certificate;
  /** Every other certificate of the output: they become the request's chain. */
  readonly others: readonly Certificate[];
  /** Only the JSON form hands over roots. */
  readonly roots: readonly NamedCertificate[];
  /** All certificates in the order of the output, the leaf included, without the roots. */
  readonly certificates: readonly Certificate[];
}

/** Why certmonger gets no certificate out of an output; the names are those of the checks that report it. */
export type IssuedProblem =
  | { readonly problem: "truncated-pem"; readonly text: string }
  | { readonly problem: "no-certificate"; readonly text: string }
  | { readonly problem: "ascii"; readonly text: string };

/**
 * Reads the output of a helper that exited 0 as certmonger does.
 *
 * One JSON object, if all of the output is one; else DER (PKCS#7 or a certificate) that uses up every byte; else PEM
 * blocks, whatever their labels, with any ASCII text around them. The leaf is the first certificate whose name is
 * not the issuer's name of another one: names decide, signatures are not looked at.
 *
 * Enveloped PKCS#7 (SCEP) can not be opened here: only certmonger has the key. It counts as "no certificate".
 *
 * @see certmonger 0.79.21 src/submit-e.c, cm_submit_e_postprocess_main; src/pkcs7.c, cm_pkcs7_parse_buffer and
 * cm_pkcs7_parsev; the choice of the leaf was measured on 0.79.17
 */
export function readIssuedOutput(stdout: Uint8Array): IssuedOutput | IssuedProblem {
  const text = Buffer.from(stdout).toString("utf8");
  const json = readJson(text);
  if (json !== undefined && json.end === text.length && json.value instanceof Map)
    return fromJson(json.value);
  const certificates = readCertificates(stdout);
  return Array.isArray(certificates) ? withLeaf(certificates, []) : certificates;
}

type JsonObject = ReadonlyMap<string, unknown>;

function fromJson(object: JsonObject): IssuedOutput | IssuedProblem {
  const certificate = object.get("certificate");
  const first = typeof certificate === "string" ? readCertificates(Buffer.from(certificate)) : [];
  if (!Array.isArray(first)) return first;
  const certificates = [...first];
  for (const item of items(object.get("chain"))) {
    const more = readCertificates(Buffer.from(item.certificate));
    if (!Array.isArray(more)) return more;
    certificates.push(...more);
  }
  return withLeaf(certificates, items(object.get("roots")));
}

/** The items of a JSON list that certmonger does not pass over. */
function items(list: unknown): NamedCertificate[] {
  return (Array.isArray(list) ? list : []).flatMap((item: unknown, index) => {
    const certificate = item instanceof Map ? item.get("certificate") : undefined;
    const nickname = item instanceof Map ? item.get("nickname") : undefined;
    if (typeof certificate !== "string") return [];
    return [{ nickname: typeof nickname === "string" ? nickname : `#${index + 1}`, certificate }];
  });
}

function withLeaf(
  all: readonly Certificate[],
  roots: readonly NamedCertificate[],
): IssuedOutput | IssuedProblem {
  const certificates = withoutDuplicates(all);
  const leaf =
    certificates.find((candidate) => !certificates.some((other) => isNamedIssuer(candidate, other))) ??
    certificates[0];
  if (leaf === undefined) return { problem: "no-certificate", text: "there is no certificate in the output" };
  return { leaf, others: certificates.filter((certificate) => certificate !== leaf), roots, certificates };
}

function withoutDuplicates(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter(
    ({ der }, index) => certificates.findIndex((other) => Buffer.compare(other.der, der) === 0) === index,
  );
}

/** Whether the name of the one is the issuer's name of the other. */
function isNamedIssuer(issuer: Certificate, certificate: Certificate): boolean {
  return issuer !== certificate && Buffer.compare(issuer.subjectDer, certificate.issuerDer) === 0;
}

function readCertificates(data: Uint8Array): Certificate[] | IssuedProblem {
  const binary = readDer(data);
  if (binary !== undefined) return binary;
  const text = Buffer.from(data).toString("latin1");
  const certificates = fromPem(text);
  if (/[\u0080-\u00ff]/.test(text)) {
    const found = Array.isArray(certificates) && certificates.length > 0;
    return found
      ? { problem: "ascii", text: "there is text that is not ASCII beside the certificate" }
      : { problem: "no-certificate", text: "the output is neither a certificate nor ASCII text with one" };
  }
  return certificates;
}

function fromPem(text: string): Certificate[] | IssuedProblem {
  const blocks = splitPem(text);
  const opened = text.split("-----BEGIN").length - 1;
  if (opened > blocks.length) {
    return { problem: "truncated-pem", text: "a line -----BEGIN has no line -----END that belongs to it" };
  }
  const certificates = blocks.flatMap((block) => readDer(Buffer.from(block.base64, "base64")) ?? []);
  if (certificates.length === 0) return { problem: "no-certificate", text: whyNone(text, blocks.length) };
  return certificates;
}

function whyNone(text: string, blocks: number): string {
  if (text.trim() === "") return "the output is empty";
  if (blocks === 0) return "there is no PEM block, no DER and no JSON object in the output";
  return isCompletePem(text)
    ? "the PEM blocks in the output hold no certificate"
    : "the PEM blocks in the output are damaged";
}

/** The certificates in DER: a PKCS#7 with some, or one; `undefined` when it is neither. */
function readDer(der: Uint8Array): Certificate[] | undefined {
  if (der[0] !== 0x30) return undefined;
  try {
    return [readCertificate(der)];
  } catch {}
  try {
    return readPkcs7(der).map((pem) => readCertificate(pem));
  } catch {
    return undefined;
  }
}
