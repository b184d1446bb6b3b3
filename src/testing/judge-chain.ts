import { type Certificate, readCertificate, verifyCertificate } from "../x509/certificate.ts";
import type { IssuedOutput } from "./issued-output.ts";

/**
 * What is wrong with the certificates that came with the leaf: one that did not sign it, nor any of its issuers.
 * `undefined` when there is none.
 */
export function chainFault({ leaf, others }: IssuedOutput): string | undefined {
  const ancestors = ancestorsOf(leaf, others);
  const stranger = others.find((certificate) => !ancestors.has(certificate));
  if (stranger === undefined) return undefined;
  const child = [leaf, ...ancestors].find(
    (certificate) => Buffer.compare(certificate.issuerDer, stranger.subjectDer) === 0,
  );
  return child === undefined
    ? `${stranger.subject} is in the chain but issued nothing in it`
    : `${stranger.subject} is in the chain, but its key did not sign ${child.subject || "the leaf"}`;
}

/** Every certificate of the pool that signed the leaf, or signed one that did. */
function ancestorsOf(leaf: Certificate, pool: readonly Certificate[]): Set<Certificate> {
  const ancestors = new Set<Certificate>();
  const open = [leaf];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    for (const candidate of pool) {
      if (!ancestors.has(candidate) && isIssuer(candidate, child)) {
        ancestors.add(candidate);
        open.push(candidate);
      }
    }
  }
  return ancestors;
}

/** Whether the leaf leads to one of the roots over the certificates that came with it. */
export function reachesRoot(issued: IssuedOutput, roots: readonly Certificate[]): boolean {
  const tops = [issued.leaf, ...ancestorsOf(issued.leaf, issued.others)];
  return roots.some((root) => tops.some((top) => isSame(top, root) || isIssuer(root, top)));
}

/** All certificates of a PEM text that can be read. */
export function readAll(pems: readonly string[]): Certificate[] {
  return pems.flatMap((pem) => {
    try {
      return [readCertificate(pem)];
    } catch {
      return [];
    }
  });
}

function isSame(a: Certificate, b: Certificate): boolean {
  return Buffer.compare(a.der, b.der) === 0;
}

/** A signature that can not be verified here (an unknown algorithm) counts as wrong only if the names differ too. */
export function isIssuer(issuer: Certificate, certificate: Certificate): boolean {
  if (Buffer.compare(issuer.subjectDer, certificate.issuerDer) !== 0) return false;
  try {
    return verifyCertificate(certificate, issuer);
  } catch {
    return true;
  }
}
