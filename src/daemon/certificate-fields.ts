import type { KeyObject } from "node:crypto";
import { decodeCrlAddresses, decodeOcspAddresses } from "../x509/address-extensions.ts";
import { decodeDer, Tag } from "../x509/asn1.ts";
import { bytesOfBitString, partsOf } from "../x509/asn1-read.ts";
import { type Certificate, certificateToPem, readCertificate } from "../x509/certificate.ts";
import {
  decodeBasicConstraints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectAltNameExtension,
  type Extension,
  keyUsages,
} from "../x509/extensions.ts";
import { spkiDer } from "../x509/keys.ts";
import type { SubjectAltName } from "../x509/names.ts";
import {
  decodeNetscapeCertType,
  decodeNetscapeComment,
  decodeTemplateName,
  hasOcspNoCheck,
} from "../x509/vendor-extensions.ts";
import type { Changes, RequestRecord } from "./fields.ts";

/** What is kept of a certificate; what it does not have is taken away. @throws {X509Error} */
export function certificateFields(pem: string): Changes<RequestRecord> {
  const certificate = readCertificate(pem);
  const { extensions } = certificate;
  const constraints = tolerate(() => decodeBasicConstraints(extensions));
  const names = tolerate(() => decodeSubjectAltNameExtension(extensions)) ?? [];
  // As NSS counts: -2 for a CA without a limit, -1 for none that is a CA.
  const pathLength = constraints?.ca ? (constraints.pathLength ?? -2) : -1;
  return {
    cert: `${certificateToPem(certificate)}\n`,
    cert_issuer_der: upperHex(certificate.issuerDer),
    cert_issuer: certificate.issuer,
    cert_serial: serialOctets(certificate),
    cert_subject_der: upperHex(certificate.subjectDer),
    cert_subject: certificate.subject,
    cert_spki: upperHex(certificate.spkiDer),
    cert_not_before: certificate.notBefore,
    cert_not_after: certificate.notAfter,
    cert_hostname: namesOf(names, "dns"),
    cert_email: namesOf(names, "email"),
    cert_principal: principalsOf(names),
    cert_ipaddress: namesOf(names, "ip"),
    cert_ku: keyUsageBits(extensions),
    cert_eku: tolerate(() => decodeExtKeyUsage(extensions))?.join(","),
    cert_is_ca: constraints?.ca ?? false,
    cert_ca_path_length: pathLength,
    cert_crldp: tolerate(() => decodeCrlAddresses(extensions, "crlDistributionPoints")),
    cert_freshest_crl: tolerate(() => decodeCrlAddresses(extensions, "freshestCrl")),
    cert_ocsp: tolerate(() => decodeOcspAddresses(extensions)),
    cert_ns_comment: tolerate(() => decodeNetscapeComment(extensions)),
    cert_profile: tolerate(() => decodeTemplateName(extensions)),
    cert_no_ocsp_check: hasOcspNoCheck(extensions),
    cert_ns_certtype: tolerate(() => decodeNetscapeCertType(extensions))?.join(","),
  };
}

type KeyFields = Pick<Changes<RequestRecord>, "key_type" | "key_size" | "key_pubkey" | "key_pubkey_info">;

/** What is kept of a key. */
export function keyFields(key: KeyObject): KeyFields {
  const spki = spkiDer(key);
  const [, bits] = partsOf(decodeDer(spki), Tag.sequence, "key");
  return {
    key_type: key.asymmetricKeyType === "ec" ? "EC" : (key.asymmetricKeyType ?? "").toUpperCase(),
    key_size: keyBits(key),
    key_pubkey: upperHex(bytesOfBitString(bits, "key")),
    key_pubkey_info: upperHex(spki),
  };
}

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

function keyBits(key: KeyObject): number {
  const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  return modulusLength ?? curveBits[namedCurve] ?? 0;
}

export const upperHex = (der: Uint8Array): string => Buffer.from(der).toString("hex").toUpperCase();

/** The content octets of the serial's INTEGER, in hex, as certmonger shows them: a sign octet included. */
function serialOctets({ serial }: Certificate): string {
  const magnitude = serial.replace(/^-/, "").toUpperCase();
  return Number.parseInt(magnitude.slice(0, 2), 16) >= 0x80 ? `00${magnitude}` : magnitude;
}

function namesOf(names: readonly SubjectAltName[], type: "dns" | "email" | "ip"): string[] | undefined {
  const values = names.flatMap((name) => (name.type === type ? [name.value] : []));
  return values.length === 0 ? undefined : values;
}

/** A principal stands there twice, as Kerberos name and as Microsoft's. */
function principalsOf(names: readonly SubjectAltName[]): string[] | undefined {
  const values = names.flatMap((name) =>
    name.type === "principal" || name.type === "upn" ? [name.value] : [],
  );
  return values.length === 0 ? undefined : [...new Set(values)];
}

/** `101`: bit 0 is digitalSignature; no zeros at the end. */
function keyUsageBits(extensions: readonly Extension[]): string | undefined {
  const usages = tolerate(() => decodeKeyUsage(extensions));
  return usages
    ?.reduce<string[]>((bits, usage) => {
      const bit = keyUsages.indexOf(usage);
      while (bits.length < bit) bits.push("0");
      bits[bit] = "1";
      return bits;
    }, [])
    .join("");
}

/** An extension that can not be read must not keep a certificate from being shown. */
function tolerate<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
