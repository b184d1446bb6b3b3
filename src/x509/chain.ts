import type { Certificate } from "./certificate.ts";
import type { Csr } from "./csr.ts";
import { X509Error } from "./error.ts";

/** Leaf first, then each issuer, the root (if given) last. */
export function orderChain(certificates: readonly Certificate[]): Certificate[] {
  throw new X509Error("bad-value", `todo ${certificates.length}`);
}

/** Whether the certificate is for the CSR's key. */
export function carriesKeyOf(certificate: Certificate, csr: Csr): boolean {
  throw new X509Error("bad-value", `todo ${certificate.serial} ${csr.subject}`);
}
