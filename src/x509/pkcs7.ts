import { X509Error } from "./error.ts";

/** The certificates (PEM each) of a certs-only PKCS#7, PEM or DER. */
export function readPkcs7(input: string | Uint8Array): string[] {
  throw new X509Error("not-pkcs7", `todo ${input.length}`);
}
