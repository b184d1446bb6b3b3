import type { KeyObject } from "node:crypto";
import { decodeDer, Tag } from "../x509/asn1.ts";
import { bytesOfBitString, partsOf } from "../x509/asn1-read.ts";
import { textOf } from "../x509/asn1-text.ts";
import { type Certificate, certificateToPem, readCertificate } from "../x509/certificate.ts";
import {
  decodeBasicConstraints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectAltNameExtension,
  type Extension,
  findExtension,
  keyUsages,
} from "../x509/extensions.ts";
import { spkiDer } from "../x509/keys.ts";
import type { SubjectAltName } from "../x509/names.ts";
import type { Changes, RequestRecord } from "./fields.ts";

/** Microsoft's "certificate template name", which certmonger asks for with `-T` and shows as the profile. */
export const templateNameOid = "1.3.6.1.4.1.311.20.2";

/** What is kept of a certificate; what it does not have is taken away. @throws {X509Error} */
export function certificateFields(pem: string): Changes<RequestRecord> {
  const certificate = readCertificate(pem);
  const { extensions } = certificate;
  const constraints = tolerate(() => decodeBasicConstraints(extensions));
  const names = tolerate(() => decodeSubjectAltNameExtension(extensions)) ?? [];
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
    cert_ca_path_length: constraints?.pathLength ?? -1,
    cert_profile: profileOf(extensions),
    cert_no_ocsp_check: findExtension(extensions, "1.3.6.1.5.5.7.48.1.5") !== undefined,
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

function profileOf(extensions: readonly Extension[]): string | undefined {
  const found = findExtension(extensions, templateNameOid);
  return found && tolerate(() => textOf(decodeDer(found.valueDer)));
}

/** An extension that can not be read must not keep a certificate from being shown. */
function tolerate<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
