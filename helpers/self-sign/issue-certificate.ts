import { createCertificate, randomSerial } from "../../src/x509/certificate.ts";
import type { Csr } from "../../src/x509/csr.ts";
import { decodeSubjectKeyIdentifier, keyIdentifierOf } from "../../src/x509/extensions.ts";
import type { Authority } from "./authority.ts";
import { leafExtensions } from "./leaf-extensions.ts";
import { addPeriod, type Period } from "./period.ts";
import type { Profile } from "./policy.ts";

/** Certificates begin a little in the past, for machines whose clocks are a little behind. */
const backdateMs = 5 * 60 * 1_000;

/** A certificate that was just signed. */
export interface NewCertificate {
  readonly pem: string;
  /** Hex, lower case. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Signs a certificate for a CSR that the profile allows. It never outlives its CA. */
export function issueCertificate(
  csr: Csr,
  profile: Profile,
  authority: Authority,
  settings: { readonly validity: Period; readonly now: Date },
): NewCertificate {
  const { certificate: issuer, privateKey } = authority;
  const { validity, now } = settings;
  const issuerKeyIdentifier =
    decodeSubjectKeyIdentifier(issuer.extensions) ?? keyIdentifierOf(issuer.spkiDer);
  const serial = randomSerial();
  const notBefore = wholeSeconds(later(new Date(now.getTime() - backdateMs), issuer.notBefore));
  const notAfter = wholeSeconds(earlier(addPeriod(now, validity), issuer.notAfter));
  const pem = createCertificate({
    serial,
    notBefore,
    notAfter,
    subjectDer: csr.subjectDer,
    issuerDer: issuer.subjectDer,
    spkiDer: csr.spkiDer,
    extensions: leafExtensions(csr, profile, issuerKeyIdentifier),
    issuerKey: privateKey,
  });
  return { pem, serial, notBefore, notAfter };
}

/** X.509 knows no smaller part of time. */
const wholeSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1_000) * 1_000);

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);
const later = (one: Date, other: Date): Date => (one > other ? one : other);
