import { createCertificate, randomSerial } from "../../x509/certificate.ts";
import {
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeSubjectAltNameExtension,
  keyPurpose,
} from "../../x509/extensions.ts";
import { generateKey, type KeyPair, privateKeyToPem, spkiDer } from "../../x509/keys.ts";
import { encodeName, parseSubject } from "../../x509/names.ts";

/** What a TLS server on loopback shows, and the CA that a client is told to trust. */
export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
  readonly caCertificate: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Made anew for each server; EC keys, because they are made in no time. */
export function makeServerIdentity(fault: "tls-untrusted" | "tls-expired" | string): ServerIdentity {
  const trusted = makeCa("Conformance test CA");
  const issuer = fault === "tls-untrusted" ? makeCa("Some other CA") : trusted;
  const keyPair = generateKey("EC-P256");
  const until = Date.now() + (fault === "tls-expired" ? -dayMs : dayMs);
  const certificate = createCertificate({
    serial: randomSerial(),
    subjectDer: encodeName(parseSubject("CN=localhost")),
    issuerDer: issuer.nameDer,
    spkiDer: spkiDer(keyPair.publicKey),
    notBefore: new Date(until - 3 * dayMs),
    notAfter: new Date(until),
    extensions: [
      encodeSubjectAltNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      encodeExtKeyUsage([keyPurpose.serverAuth]),
    ],
    issuerKey: issuer.keyPair.privateKey,
  });
  return { key: privateKeyToPem(keyPair.privateKey), certificate, caCertificate: trusted.certificate };
}

interface Ca {
  readonly keyPair: KeyPair;
  readonly nameDer: Uint8Array;
  readonly certificate: string;
}

function makeCa(name: string): Ca {
  const keyPair = generateKey("EC-P256");
  const nameDer = encodeName(parseSubject(`CN=${name}`));
  const certificate = createCertificate({
    serial: randomSerial(),
    subjectDer: nameDer,
    issuerDer: nameDer,
    spkiDer: spkiDer(keyPair.publicKey),
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    extensions: [encodeBasicConstraints({ ca: true })],
    issuerKey: keyPair.privateKey,
  });
  return { keyPair, nameDer, certificate };
}
