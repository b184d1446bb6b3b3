import { X509Error } from "./error.ts";
import type { Extension } from "./extensions.ts";
import type { KeyPair, Verdict } from "./keys.ts";
import type { SubjectAltName } from "./names.ts";

export interface Csr {
  readonly der: Uint8Array;
  readonly tbsDer: Uint8Array;
  /** Text form of the subject, empty for an empty subject. */
  readonly subject: string;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  /** The requested extensions (extensionRequest attribute); empty when there is none. */
  readonly extensions: readonly Extension[];
  readonly challengePassword?: string;
  readonly friendlyName?: string;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export interface CsrOptions {
  /** Text (`CN=www.example.test,O=Lab`) or an encoded name. */
  readonly subject: string | Uint8Array;
  readonly keyPair: KeyPair;
  readonly subjectAltNames?: readonly SubjectAltName[];
  readonly extensions?: readonly Extension[];
  readonly challengePassword?: string;
  readonly friendlyName?: string;
}

/** PEM (with text around it, either label) or DER; @throws {X509Error} `not-pem`, `not-der`, `not-csr` */
export function readCsr(input: string | Uint8Array): Csr {
  throw new X509Error("not-csr", `todo ${input.length}`);
}

export function verifyCsr(csr: Csr): Verdict {
  throw new X509Error("not-csr", `todo ${csr.subject}`);
}

/** PEM. */
export function createCsr(options: CsrOptions): string {
  throw new X509Error("not-csr", `todo ${options.subject}`);
}

/** SHA-256 of the DER, hex: the same for every PEM form of one CSR. */
export function csrDigest(csr: Csr): string {
  throw new X509Error("not-csr", `todo ${csr.subject}`);
}
