import { type Issued, issued, shorten, splitPem } from "../../protocol/index.ts";
import { type Certificate, certificateToPem, readCertificate } from "../x509/certificate.ts";
import { carriesKeyOf, orderChain } from "../x509/chain.ts";
import type { Csr } from "../x509/csr.ts";
import { X509Error } from "../x509/error.ts";

/** Either what certmonger may have, or why it must not. */
export type CheckedIssue = { readonly issue: Issued } | { readonly problem: string };

/**
 * Looks at what a helper calls issued before certmonger takes it, which checks none of this: a certificate
 * for another key goes all the way to MONITORING, and a PEM block without its end hangs it for ever
 * (measured on 0.79.17 and 0.79.21).
 *
 * The leaf is the certificate with the CSR's key, wherever it stands among `certificate` and `chain`; what is
 * left is the chain, each certificate once.
 */
export function checkIssued(issue: Issued, csr: Csr, now: Date): CheckedIssue {
  let certificates: Certificate[];
  try {
    certificates = distinct([issue.certificate, ...issue.chain].flatMap(readAll));
    for (const root of issue.roots ?? []) readAll(root.certificate);
  } catch (error) {
    if (error instanceof X509Error) return { problem: `the CA's answer is no certificate: ${error.message}` };
    throw error;
  }
  const leaf = certificates.find((certificate) => carriesKeyOf(certificate, csr));
  if (leaf === undefined) {
    const got = shorten(certificates[0]?.subject ?? "");
    return { problem: `the CA's certificate "${got}" is for another key than the request's` };
  }
  const validity = checkValidity(leaf, now);
  if (validity !== undefined) return { problem: validity };
  const chain = orderChain(certificates).filter((certificate) => certificate !== leaf);
  const { roots = [] } = issue;
  return {
    issue: issued({ certificate: certificateToPem(leaf), chain: chain.map(certificateToPem), roots }),
  };
}

/** All certificates of a text; a block that opens and does not close is an error, not a block less. */
function readAll(pem: string): Certificate[] {
  const blocks = splitPem(pem);
  const opened = pem.split("-----BEGIN").length - 1;
  if (blocks.length === 0) throw new X509Error("not-pem", "there is no PEM block in it");
  if (blocks.length !== opened) throw new X509Error("not-pem", "a PEM block in it has no end");
  return blocks.map((block) => readCertificate(block.text));
}

function distinct(certificates: Certificate[]): Certificate[] {
  if (certificates.length < 2) return certificates;
  const seen = new Map(
    certificates.map((certificate) => [Buffer.from(certificate.der).toString("hex"), certificate]),
  );
  return [...seen.values()];
}

function checkValidity({ notBefore, notAfter }: Certificate, now: Date): string | undefined {
  if (notBefore <= now && now <= notAfter) return undefined;
  const clock = `the clock here says ${now.toISOString()}`;
  return now > notAfter
    ? `the CA's certificate ended on ${notAfter.toISOString()}; ${clock}`
    : `the CA's certificate begins only on ${notBefore.toISOString()}; ${clock}`;
}
