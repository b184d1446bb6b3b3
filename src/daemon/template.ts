import type { Changes, RequestRecord } from "./fields.ts";

/**
 * Values for the next CSR that the request does not have, taken from its certificate: subject, names, usages, and what else
 * certmonger takes; that does not take whether it is a CA's. (certmonger writes IP addresses down in base64, which no CSR of
 * its can use then: here they stay.)
 *
 * @see certmonger 0.79.21 src/iterate.c, CM_NEWLY_ADDED_DECIDING
 */
export function missingTemplateValues(record: RequestRecord): Changes<RequestRecord> {
  return {
    template_subject: record.template_subject ?? record.cert_subject,
    // Also beside a subject that was given: it then counts for nothing in a CSR.
    template_subject_der: record.template_subject_der ?? record.cert_subject_der,
    template_hostname: record.template_hostname ?? record.cert_hostname,
    template_email: record.template_email ?? record.cert_email,
    template_principal: record.template_principal ?? record.cert_principal,
    template_ipaddress: record.template_ipaddress ?? record.cert_ipaddress,
    template_ku: record.template_ku ?? record.cert_ku,
    template_eku: record.template_eku ?? record.cert_eku,
    template_ns_comment: record.template_ns_comment ?? record.cert_ns_comment,
    template_profile: record.template_profile ?? record.cert_profile,
    template_ns_certtype: record.template_ns_certtype ?? record.cert_ns_certtype,
  };
}
