import { createCertificate, randomSerial } from "../../x509/certificate.ts";
import { readCsr } from "../../x509/csr.ts";
import { encodeBasicConstraints, encodeExtKeyUsage, keyPurpose } from "../../x509/extensions.ts";
import { generateKey, spkiDer } from "../../x509/keys.ts";
import { encodeName, parseSubject } from "../../x509/names.ts";

/** A CA that signs whatever it is given, for the names that the CSR asks for. */
export interface FakeAuthority {
  readonly certificate: string;
  readonly issued: number;
  /** Signs the key of a CSR (PEM) under a subject. @returns PEM and the serial number, hex */
  issue(csr: string, subject: string): { readonly certificate: string; readonly serial: string };
}

const subjectAltNameOid = "2.5.29.17";
const dayMs = 24 * 60 * 60 * 1000;

export function makeFakeAuthority(): FakeAuthority {
  const keyPair = generateKey("EC-P256");
  const nameDer = encodeName(parseSubject("CN=Certificate Authority,O=EXAMPLE.TEST"));
  const now = Date.now();
  const certificate = createCertificate({
    serial: "01",
    subjectDer: nameDer,
    issuerDer: nameDer,
    spkiDer: spkiDer(keyPair.publicKey),
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + 3650 * dayMs),
    extensions: [encodeBasicConstraints({ ca: true })],
    issuerKey: keyPair.privateKey,
  });
  let issued = 0;
  return {
    certificate,
    get issued() {
      return issued;
    },
    issue(csr, subject) {
      const serial = randomSerial();
      const { spkiDer: key, extensions } = readCsr(csr);
      const names = extensions.filter(({ oid }) => oid === subjectAltNameOid);
      const leaf = createCertificate({
        serial,
        subjectDer: encodeName(parseSubject(subject)),
        issuerDer: nameDer,
        spkiDer: key,
        notBefore: new Date(),
        notAfter: new Date(now + 730 * dayMs),
        extensions: [encodeExtKeyUsage([keyPurpose.serverAuth]), ...names],
        issuerKey: keyPair.privateKey,
      });
      issued++;
      return { certificate: leaf, serial };
    },
  };
}
