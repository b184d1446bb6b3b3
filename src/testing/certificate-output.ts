import { type PemBlock, splitPem } from "../../protocol/index.ts";

/**
 * The output of a helper that issued, with the forms that certmonger reads beside PEM and JSON turned into PEM:
 * a binary certificate, a binary PKCS#7, PKCS#7 in PEM. Everything else is left as it is.
 *
 * @see certmonger 0.79.21 src/pkcs7.c, cm_pkcs7_parse_buffer
 */
export async function certificateOutputAsPem(stdout: Uint8Array): Promise<string> {
  const text = Buffer.from(stdout).toString("utf8");
  if (isDer(stdout)) {
    return (await certificatesOf(stdout)) ?? text;
  }
  const blocks = splitPem(text);
  if (text.trimStart().startsWith("{") || !blocks.some(isPkcs7)) {
    return text;
  }
  const parts = blocks.map(async (block) =>
    isPkcs7(block) ? certificatesOf(Buffer.from(block.base64, "base64")) : block.text,
  );
  const certificates = await Promise.all(parts);
  return certificates.includes(undefined) ? text : certificates.join("");
}

/** A SEQUENCE of more than 127 bytes. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
}

/** By what it says it is, or by the object identifier of signed data at its start. */
function isPkcs7(block: PemBlock): boolean {
  return /PKCS ?#?7|CMS/.test(block.label) || block.base64.slice(0, 24).includes("YJKoZIhvcNAQcC");
}

/** PEM of what is in a DER certificate or PKCS#7; `undefined` when it is neither. */
async function certificatesOf(der: Uint8Array): Promise<string | undefined> {
  const { readPkcs7 } = await import("../x509/pkcs7.ts");
  const { certificateToPem, readCertificate } = await import("../x509/certificate.ts");
  const { X509Error } = await import("../x509/error.ts");
  const readers = [() => readPkcs7(der).join(""), () => certificateToPem(readCertificate(der))];
  for (const read of readers) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof X509Error)) {
        throw error;
      }
    }
  }
  return undefined;
}
