import { domainToASCII } from "node:url";
import { encodeCrlAddresses, encodeOcspAddresses } from "../x509/address-extensions.ts";
import {
  type Extension,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtKeyUsage,
  encodeKeyUsage,
  encodeSubjectAltNameExtension,
  encodeSubjectKeyIdentifier,
  keyIdentifierOf,
  keyPurpose,
  keyUsages,
} from "../x509/extensions.ts";
import { parseIpAddress } from "../x509/ip-address.ts";
import type { SubjectAltName } from "../x509/names.ts";
import {
  encodeCertificateTemplate,
  encodeNetscapeCertType,
  encodeNetscapeComment,
  encodeOcspNoCheck,
  encodeTemplateName,
} from "../x509/vendor-extensions.ts";
import type { RequestRecord } from "./fields.ts";

type Report = (problem: string) => void;

/**
 * The extensions that certmonger asks for, in its order. Names that can not be certified are left out, as it does; the log
 * tells of them.
 *
 * The key's identifier is the one of RFC 5280: that of certmonger 0.79.17 for RSA keys in files is a digest of memory that
 * it has given back.
 *
 * @see certmonger 0.79.21 src/certext.c, cm_certext_build_csr_extensions; measured on 0.79.17
 */
export function csrExtensions(record: RequestRecord, spkiDer: Uint8Array, report: Report): Extension[] {
  const usages = keyUsages.filter((_, bit) => record.template_ku?.[bit] === "1");
  const names = subjectAltNames(record, report);
  const purposes = (record.template_eku ?? "").split(",").filter(Boolean).flatMap(purposeOid);
  const isCa = record.template_is_ca ?? false;
  const pathLength = record.template_ca_path_length ?? 0;
  const keyIdentifier = keyIdentifierOf(spkiDer);
  const [ocsp = [], crl = [], freshestCrl = []] = [
    record.template_ocsp,
    record.template_crldp,
    record.template_freshest_crl,
  ].map((addresses) => addresses?.filter(Boolean));
  const comment = record.template_ns_comment;
  const profile = record.template_profile;
  const certType = encodeNetscapeCertType((record.template_ns_certtype ?? "").split(","));
  return [
    ...(usages.length > 0 ? [{ ...encodeKeyUsage(usages), critical: false }] : []),
    ...(names.length > 0 ? [encodeSubjectAltNameExtension(names)] : []),
    ...(purposes.length > 0 ? [encodeExtKeyUsage(purposes)] : []),
    encodeBasicConstraints({ ca: isCa, ...(isCa && pathLength >= 0 && { pathLength }) }),
    ...(isCa ? [encodeAuthorityKeyIdentifier(keyIdentifier)] : []),
    encodeSubjectKeyIdentifier(keyIdentifier),
    ...(ocsp.length > 0 ? [encodeOcspAddresses(ocsp)] : []),
    ...(crl.length > 0 ? [encodeCrlAddresses("crlDistributionPoints", crl)] : []),
    ...(freshestCrl.length > 0 ? [encodeCrlAddresses("freshestCrl", freshestCrl)] : []),
    ...(comment ? [encodeNetscapeComment(comment)] : []),
    ...(record.template_no_ocsp_check ? [encodeOcspNoCheck()] : []),
    ...(profile ? [encodeTemplateName(profile)] : []),
    ...certificateTemplate(record.template_certificate_template),
    ...(certType === undefined ? [] : [certType]),
  ];
}

function subjectAltNames(record: RequestRecord, report: Report): SubjectAltName[] {
  const hostnames = (record.template_hostname ?? []).filter(Boolean).flatMap((hostname): SubjectAltName[] => {
    const value = /^[\x20-\x7e]+$/.test(hostname) ? hostname : domainToASCII(hostname);
    if (value === "") report(`"${hostname}" is left out of the CSR: it can not be written as an ASCII name`);
    return value === "" ? [] : [{ type: "dns", value }];
  });
  const emails = (record.template_email ?? []).filter(Boolean);
  // Each principal twice: for Microsoft's readers, and for Kerberos. Without a realm it is no Kerberos name here.
  const principals = [...new Set(record.template_principal)].filter(Boolean);
  const addresses = (record.template_ipaddress ?? []).filter((address) => {
    const isAddress = parseIpAddress(address) !== undefined;
    if (!isAddress && address !== "") report(`"${address}" is left out of the CSR: it is no IP address`);
    return isAddress;
  });
  return [
    ...hostnames,
    ...emails.map((value): SubjectAltName => ({ type: "email", value })),
    ...principals.flatMap((value): SubjectAltName[] => [
      { type: "upn", value },
      ...(value.includes("@") ? [{ type: "principal" as const, value }] : []),
    ]),
    ...addresses.map((value): SubjectAltName => ({ type: "ip", value })),
  ];
}

const purposeNames: Readonly<Record<string, string>> = {
  "id-kp-serverAuth": keyPurpose.serverAuth,
  "id-kp-clientAuth": keyPurpose.clientAuth,
  "id-kp-codeSigning": keyPurpose.codeSigning,
  "id-kp-emailProtection": keyPurpose.emailProtection,
  "id-kp-timeStamping": keyPurpose.timeStamping,
  "id-kp-OCSPSigning": keyPurpose.ocspSigning,
  "id-pkinit-KPClientAuth": keyPurpose.kerberosClientAuth,
  "id-pkinit-KPKdc": keyPurpose.kerberosKdc,
  "id-ms-kp-sc-logon": "1.3.6.1.4.1.311.20.2.2",
};

function purposeOid(name: string): string[] {
  if (/^\d+(\.\d+)+$/.test(name)) return [name];
  const known = Object.entries(purposeNames).find(([each]) => each.toLowerCase() === name.toLowerCase());
  return known === undefined ? [] : [known[1]];
}

/** `OID:MAJOR[:MINOR]`. */
function certificateTemplate(spec = ""): Extension[] {
  const [, oid = "", major = "", minor] = /^(\d+(?:\.\d+)+):(-?\d+)(?::(-?\d+))?$/.exec(spec) ?? [];
  return oid === "" ? [] : [encodeCertificateTemplate({ oid, major, minor })];
}
