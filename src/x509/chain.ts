import { type Certificate, verifyCertificate } from "./certificate.ts";
import type { Csr } from "./csr.ts";
import { spkiDer } from "./keys.ts";
import { readPublicKey } from "./public-key.ts";

/**
 * Certificates in the order leaf, its issuer, … root. Each comes once; those that have no place in the chain
 * follow at the end, in the order given.
 *
 * The leaf is the first certificate whose name issued none of the others, so that the order given does not
 * matter for a proper chain (as in certmonger 0.79.21 src/pkcs7.c, cm_pkcs7_parsev).
 */
export function orderChain(certificates: readonly Certificate[]): Certificate[] {
  if (certificates.length < 2) return [...certificates];
  const given = new Map(certificates.map((certificate) => [hex(certificate.der), certificate]));
  const remaining = new Set(given.values());
  const issuers = new Set(
    [...remaining].filter((each) => !isSelfIssued(each)).map((each) => hex(each.issuerDer)),
  );
  const chain: Certificate[] = [];
  let next = [...remaining].find(({ subjectDer }) => !issuers.has(hex(subjectDer))) ?? certificates[0];
  while (next !== undefined) {
    const current = next;
    chain.push(current);
    remaining.delete(current);
    next = [...remaining].find((candidate) => verifyCertificate(current, candidate));
  }
  return [...chain, ...remaining];
}

/** Whether the certificate is for the CSR's key; the two may encode it differently. */
export function carriesKeyOf(certificate: Certificate, csr: Csr): boolean {
  if (Buffer.compare(certificate.spkiDer, csr.spkiDer) === 0) return true;
  try {
    return Buffer.compare(normalized(certificate), normalized(csr)) === 0;
  } catch {
    // A key that node:crypto does not know equals only its own octets.
    return false;
  }
}

const normalized = (holder: { readonly spkiDer: Uint8Array }) => spkiDer(readPublicKey(holder.spkiDer));

const isSelfIssued = ({ issuerDer, subjectDer }: Certificate): boolean =>
  Buffer.compare(issuerDer, subjectDer) === 0;

const hex = (der: Uint8Array): string => Buffer.from(der).toString("hex");
