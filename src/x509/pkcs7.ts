import { constructedTag, decodeDer, encodeDer, Tag } from "./asn1.ts";
import { constructed, oid, sequence, setOf, smallInteger } from "./asn1-make.ts";
import { oidOf, partsOf } from "./asn1-read.ts";
import { decodeBer } from "./ber.ts";
import type { Certificate } from "./certificate.ts";
import { reading, X509Error } from "./error.ts";
import { derOf, encodePem } from "./pem.ts";

const signedData = "1.2.840.113549.1.7.2";
const data = "1.2.840.113549.1.7.1";

/**
 * The certificates (PEM each) of a PKCS#7 SignedData, PEM or DER, in the order found; what is signed does not
 * matter (RFC 2315 section 9.1). BER with indefinite lengths is read, too: CAs send it.
 *
 * @throws {X509Error} `not-pkcs7`
 */
export function readPkcs7(input: string | Uint8Array): string[] {
  return reading("not-pkcs7", "PKCS#7", () => {
    const [type, content] = partsOf(decodeBer(derOf(input, ["PKCS7", "CMS"])), Tag.sequence, "it");
    if (oidOf(type, "content type") !== signedData) throw new X509Error("not-pkcs7", "it is not SignedData");
    const fields = partsOf(partsOf(content, constructedTag(0), "content")[0], Tag.sequence, "SignedData");
    const certificates = fields.find(({ tag }) => tag === constructedTag(0))?.parts ?? [];
    // Beside certificates the set may hold attribute certificates, as [1] and [2].
    const proper = certificates.filter(({ tag }) => tag === Tag.sequence);
    return proper.map((certificate) => encodePem("CERTIFICATE", certificate.der));
  });
}

/** A certs-only PKCS#7, PEM: SignedData that signs nothing (RFC 2315 section 9, "degenerate"). */
export function createPkcs7(certificates: readonly Certificate[]): string {
  const content = sequence(
    smallInteger(1),
    setOf([]),
    sequence(oid(data)),
    constructed(
      constructedTag(0),
      certificates.map(({ der }) => decodeDer(der)),
    ),
    setOf([]),
  );
  const message = sequence(oid(signedData), constructed(constructedTag(0), [content]));
  return encodePem("PKCS7", encodeDer(message));
}
