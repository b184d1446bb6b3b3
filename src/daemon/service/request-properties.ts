import type { Kind } from "../../bus/objects.ts";
import type { BusValue } from "../../bus/values.ts";
import type { RequestRecord } from "../fields.ts";
import type { Daemon, TrackedRequest } from "../interface.ts";
import { commaList, pairs, seconds } from "./encode.ts";
import { caPath } from "./paths.ts";

/** A request as one call sees it. */
export interface RequestOnBus {
  readonly daemon: Daemon;
  readonly request: TrackedRequest;
  readonly record: RequestRecord;
}

/** The properties of a request. Measured on certmonger 0.79.17. */
export const requestProperties: Kind<RequestOnBus>["properties"] = {
  nickname: ({ record }) => record.id,
  autorenew: ({ record }) => record.autorenew ?? false,
  cert: ({ record }) => record.cert,
  "cert-chain": ({ record }) => pairs(record.cert_chain),
  "cert-roots": ({ record }) => pairs(record.cert_roots),
  issuer: ({ record }) => record.cert_issuer,
  serial: ({ record }) => record.cert_serial,
  subject: ({ record }) => record.cert_subject,
  "not-valid-before": ({ record }) => seconds(record.cert_not_before),
  "not-valid-after": ({ record }) => seconds(record.cert_not_after),
  email: ({ record }) => record.cert_email,
  ku: ({ record }) => record.cert_ku,
  eku: ({ record }) => commaList(record.cert_eku),
  hostname: ({ record }) => record.cert_hostname,
  principal: ({ record }) => record.cert_principal,
  "last-checked": ({ record }) => seconds(lastChecked(record)),
  ...storageProperties("cert", ({ record }) => ({
    type: record.cert_storage_type,
    location: record.cert_storage_location,
    nickname: record.cert_nickname,
    token: record.cert_token,
  })),
  "cert-owner": ({ record }) => record.cert_owner,
  "cert-perms": ({ record }) => BigInt(record.cert_perms ?? 0),
  csr: ({ record }) => record.csr,
  "key-pin": ({ record }) => record.key_pin ?? "",
  "key-pin-file": ({ record }) => record.key_pin_file ?? "",
  "key-generated-date": ({ record }) => seconds(record.key_generated_date),
  "key-issued-count": ({ record }) => BigInt(record.key_issued_count ?? 0),
  "template-subject": ({ record }) => record.template_subject,
  "template-email": ({ record }) => record.template_email,
  "template-ku": ({ record }) => record.template_ku,
  "template-eku": ({ record }) => commaList(record.template_eku),
  "template-hostname": ({ record }) => record.template_hostname,
  "template-principal": ({ record }) => record.template_principal,
  "template-ip-address": ({ record }) => record.template_ipaddress,
  "template-is-ca": ({ record }) => record.template_is_ca ?? false,
  "template-ca-path-length": ({ record }) => BigInt(record.template_ca_path_length ?? -1),
  "template-ocsp": ({ record }) => record.template_ocsp,
  "template-crldp": ({ record }) => record.template_crldp,
  "template-freshest-crl": ({ record }) => record.template_freshest_crl,
  "template-ns-comment": ({ record }) => record.template_ns_comment,
  "template-profile": ({ record }) => record.template_profile,
  "template-issuer": ({ record }) => record.template_issuer,
  "template-ms-certificate-template": ({ record }) => record.template_certificate_template,
  "template-ns-certtype": ({ record }) => record.template_ns_certtype,
  "template-challenge-password": ({ record }) => record.template_challenge_password ?? "",
  "template-challenge-password-file": ({ record }) => record.template_challenge_password_file ?? "",
  ...storageProperties("key", ({ record }) => ({
    type: record.key_storage_type,
    location: record.key_storage_location,
    nickname: record.key_nickname,
    token: record.key_token,
  })),
  "key-owner": ({ record }) => record.key_owner,
  "key-perms": ({ record }) => BigInt(record.key_perms ?? 0),
  "key-type": ({ record }) => knownKeyType(record),
  "key-size": ({ record }) => BigInt(record.key_size ?? 0),
  monitoring: ({ record }) => record.monitor ?? false,
  "notification-type": () => "",
  "notification-syslog-priority": () => "",
  "notification-email": () => "",
  "notification-command": () => "",
  status: ({ request }) => request.state,
  stuck: ({ request }) => request.isStuck,
  ca: ({ daemon, record }) => caOf(daemon, record),
  "ca-profile": ({ record }) => record.cert_profile,
  "nss-user": ({ record }) => record.nss_user,
  "root-cert-files": ({ record }) => record.root_cert_files,
  "root-other-cert-files": ({ record }) => record.other_root_cert_files,
  "other-cert-files": ({ record }) => record.other_cert_files,
  "root-cert-nssdbs": ({ record }) => record.root_cert_dbs,
  "root-other-cert-nssdbs": ({ record }) => record.other_root_cert_dbs,
  "other-cert-nssdbs": ({ record }) => record.other_cert_dbs,
  "ca-cookie": ({ record }) => record.ca_cookie,
  "ca-error": ({ record }) => record.ca_error,
  "submitted-date": ({ record }) => seconds(record.submitted),
  "cert-presave-command": ({ record }) => record.pre_certsave_command,
  "cert-presave-uid": ({ record }) => record.pre_certsave_uid,
  "cert-postsave-command": ({ record }) => record.post_certsave_command,
  "cert-postsave-uid": ({ record }) => record.post_certsave_uid,
};

interface Storage {
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly nickname: string | undefined;
  readonly token: string | undefined;
}

function storageProperties(
  part: "key" | "cert",
  storageOf: (self: RequestOnBus) => Storage,
): Kind<RequestOnBus>["properties"] {
  const only =
    (kind: "FILE" | "NSSDB", value: keyof Storage) =>
    (self: RequestOnBus): BusValue => {
      const storage = storageOf(self);
      return storage.type === kind ? (storage[value] ?? "") : "";
    };
  return {
    [`${part}-storage`]: (self) => storageOf(self).type ?? "NONE",
    [`${part}-file`]: only("FILE", "location"),
    [`${part}-database`]: only("NSSDB", "location"),
    [`${part}-nickname`]: only("NSSDB", "nickname"),
    [`${part}-token`]: only("NSSDB", "token"),
  };
}

function caOf(daemon: Daemon, { ca_name }: RequestRecord): BusValue | undefined {
  const ca = ca_name === undefined ? undefined : daemon.findCa(ca_name);
  return ca && caPath(ca);
}

export function knownKeyType({ key_type }: RequestRecord): string {
  return key_type === undefined || key_type === "UNSPECIFIED" ? "" : key_type;
}

export function lastChecked(record: RequestRecord): Date | undefined {
  const checks = [record.last_need_notify_check, record.last_need_enroll_check];
  return checks.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}
