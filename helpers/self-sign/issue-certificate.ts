import {
  type Certificate,
  createCertificate,
  randomSerial,
  readCertificate,
} from "../../src/x509/certificate.ts";
import type { Csr } from "../../src/x509/csr.ts";
import { decodeSubjectKeyIdentifier, keyIdentifierOf } from "../../src/x509/extensions.ts";
import type { Authority } from "./authority.ts";
import { leafExtensions } from "./leaf-extensions.ts";
import { addPeriod, type Period } from "./period.ts";
import type { Profile } from "./policy.ts";

/** Certificates begin a little in the past, for machines whose clocks are a little behind. */
const backdateMs = 5 * 60 * 1_000;

/** Signs a certificate for a CSR that the profile allows. It never outlives its CA. */
export function issueCertificate(
  csr: Csr,
  profile: Profile,
  authority: Authority,
  settings: { readonly validity: Period; readonly now: Date },
): { readonly certificate: Certificate; readonly pem: string } {
  const { certificate: issuer, privateKey } = authority;
  const { validity, now } = settings;
  const issuerKeyIdentifier =
    decodeSubjectKeyIdentifier(issuer.extensions) ?? keyIdentifierOf(issuer.spkiDer);
  const pem = createCertificate({
    serial: randomSerial(),
    subjectDer: csr.subjectDer,
    issuerDer: issuer.subjectDer,
    spkiDer: csr.spkiDer,
    notBefore: later(new Date(now.getTime() - backdateMs), issuer.notBefore),
    notAfter: earlier(addPeriod(now, validity), issuer.notAfter),
    extensions: leafExtensions(csr, profile, issuerKeyIdentifier),
    issuerKey: privateKey,
  });
  return { certificate: readCertificate(pem), pem };
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);
const later = (one: Date, other: Date): Date => (one > other ? one : other);
