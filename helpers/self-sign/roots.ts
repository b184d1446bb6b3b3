import type { NamedCertificate } from "../../protocol/index.ts";
import { type Certificate, certificateToPem } from "../../src/x509/certificate.ts";
import { decodeName } from "../../src/x509/names.ts";
import type { Generation } from "./generations.ts";

/** The roots of all generations, and the ones that were taken over with them, oldest first. */
export function rootsOf(generations: readonly Generation[]): Certificate[] {
  return generations.flatMap(({ certificate, earlierRoots }) => [...earlierRoots, certificate]);
}

/**
 * The roots that are valid now, each under a nickname of its own which it keeps: the name of the CA, and from the
 * second on a number (`Local Signing Authority 2`), as `local-submit` does.
 *
 * An NSS database refuses two certificates under one nickname (measured on certmonger 0.79.17).
 */
export function nameRoots(roots: readonly Certificate[], now: Date): NamedCertificate[] {
  return roots
    .map((certificate, index) => ({ certificate, nickname: nickname(certificate, index) }))
    .filter(({ certificate }) => certificate.notBefore <= now && now < certificate.notAfter)
    .map(({ certificate, nickname }) => ({ certificate: certificateToPem(certificate), nickname }));
}

function nickname({ subject, subjectDer }: Certificate, index: number): string {
  const [first] = decodeName(subjectDer)[0] ?? [];
  const name = typeof first?.value === "string" ? first.value : subject;
  return index === 0 ? name : `${name} ${index + 1}`;
}
