import { certificateText } from "./certificate-text.ts";
import { splitPem } from "./pem.ts";
import { untilNul } from "./text.ts";

/**
 * The answer to FETCH-SCEP-CA-CERTS: the RA's certificate, the CA's, then any others, as PEM in a row.
 *
 * @throws {ProtocolError} when one of them is not one complete CERTIFICATE block
 */
export function encodeScepCertificates(certificates: readonly string[]): string {
  return certificates.map((pem, index) => certificateText(`SCEP certificate ${index + 1}`, pem)).join("");
}

/**
 * The certificates of such an answer: first the RA's, second the CA's, the rest a pool.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_encryption_certs
 */
export function decodeScepCertificates(text: string): string[] {
  return splitPem(untilNul(text))
    .filter((block) => block.label === "CERTIFICATE")
    .map((block) => block.text);
}
