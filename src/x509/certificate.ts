import type { KeyObject } from "node:crypto";
import { X509Error } from "./error.ts";
import type { Extension } from "./extensions.ts";

export interface Certificate {
  readonly der: Uint8Array;
  readonly tbsDer: Uint8Array;
  /** Lower-case hex, two digits an octet, without a sign octet: `0f3a`. */
  readonly serial: string;
  readonly subject: string;
  readonly subjectDer: Uint8Array;
  readonly issuer: string;
  readonly issuerDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

export interface CertificateOptions {
  /** Hex, positive, at most 20 octets. */
  readonly serial: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  /** The issuer's private key. */
  readonly issuerKey: KeyObject;
}

/** PEM (the first certificate in the text) or DER; @throws {X509Error} `not-pem`, `not-der`, `not-certificate` */
export function readCertificate(input: string | Uint8Array): Certificate {
  throw new X509Error("not-certificate", `todo ${input.length}`);
}

/** PEM. */
export function createCertificate(options: CertificateOptions): string {
  throw new X509Error("not-certificate", `todo ${options.serial}`);
}

export function certificateToPem(certificate: Certificate): string {
  throw new X509Error("not-certificate", `todo ${certificate.serial}`);
}

/** Whether the issuer's key signed this certificate (and its name is the issuer's). */
export function verifyCertificate(certificate: Certificate, issuer: Certificate): boolean {
  throw new X509Error("not-certificate", `todo ${certificate.serial} ${issuer.serial}`);
}

/** A random serial of 159 bits, hex. */
export function randomSerial(): string {
  throw new X509Error("not-certificate", "todo");
}
