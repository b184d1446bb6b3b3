import type { Changes, RequestRecord } from "./fields.ts";

/**
 * Values for the next CSR that the request does not have, taken from its certificate: subject, names, usages.
 *
 * @see certmonger 0.79.21 src/iterate.c, CM_NEWLY_ADDED_DECIDING
 */
export function missingTemplateValues(record: RequestRecord): Changes<RequestRecord> {
  const hasSubject = record.template_subject !== undefined || record.template_subject_der !== undefined;
  return {
    ...(!hasSubject && {
      template_subject: record.cert_subject,
      template_subject_der: record.cert_subject_der,
    }),
    template_hostname: record.template_hostname ?? record.cert_hostname,
    template_email: record.template_email ?? record.cert_email,
    template_principal: record.template_principal ?? record.cert_principal,
    template_ipaddress: record.template_ipaddress ?? record.cert_ipaddress,
    template_ku: record.template_ku ?? record.cert_ku,
    template_eku: record.template_eku ?? record.cert_eku,
    template_is_ca: record.template_is_ca ?? record.cert_is_ca,
    template_ca_path_length: record.template_ca_path_length ?? record.cert_ca_path_length,
    template_profile: record.template_profile ?? record.cert_profile,
  };
}
