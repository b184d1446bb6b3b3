import type { NamedCertificate } from "../../protocol/index.ts";

/**
 * How a value of the store is written after its `key=`.
 *
 * - `text`: as it is; DER and SPKI are upper-case hex
 * - `list`: items joined with `,`; `\` before `,` and `\`; `base64-list`: each item in base64
 * - `time`: `YYYYMMDDHHMMSS`, UTC; 1970-01-01 stands for "never"
 * - `flag`: `0` or `1`
 * - `number`, `octal`: decimal, octal
 * - `certificates`: for each a line with its nickname, then its PEM
 *
 * @see certmonger 0.79.21 src/store-files.c
 */
export type FieldKind =
  | "text"
  | "list"
  | "base64-list"
  | "time"
  | "flag"
  | "number"
  | "octal"
  | "certificates";

interface ValueOf {
  text: string;
  list: readonly string[];
  "base64-list": readonly string[];
  time: Date;
  flag: boolean;
  number: number;
  octal: number;
  certificates: readonly NamedCertificate[];
}

/** The keys of a file in requests/, in the order in which certmonger writes them. */
export const requestFields = {
  id: "text",
  key_type: "text",
  key_gen_type: "text",
  key_size: "number",
  key_gen_size: "number",
  key_next_type: "text",
  key_next_gen_type: "text",
  key_next_size: "number",
  key_next_gen_size: "number",
  key_next_marker: "text",
  key_preserve: "flag",
  /** `FILE`, `NSSDB` or `NONE`; like `cert_storage_type`. */
  key_storage_type: "text",
  key_storage_location: "text",
  key_token: "text",
  key_nickname: "text",
  key_pin: "text",
  key_pin_file: "text",
  key_owner: "text",
  key_perms: "octal",
  key_pubkey: "text",
  key_pubkey_info: "text",
  key_next_pubkey: "text",
  key_next_pubkey_info: "text",
  key_generated_date: "time",
  key_next_generated_date: "time",
  key_requested_count: "number",
  key_next_requested_count: "number",
  key_issued_count: "number",
  cert_storage_type: "text",
  cert_storage_location: "text",
  cert_token: "text",
  cert_nickname: "text",
  cert_owner: "text",
  cert_perms: "octal",
  nss_user: "text",
  cert_issuer_der: "text",
  cert_issuer: "text",
  cert_serial: "text",
  cert_subject_der: "text",
  cert_subject: "text",
  cert_spki: "text",
  cert_not_before: "time",
  cert_not_after: "time",
  cert_hostname: "list",
  cert_email: "list",
  cert_principal: "list",
  cert_ipaddress: "base64-list",
  cert_ku: "text",
  cert_eku: "text",
  cert_is_ca: "flag",
  cert_ca_path_length: "number",
  cert_crldp: "list",
  cert_freshest_crl: "list",
  cert_ocsp: "list",
  cert_ns_comment: "text",
  cert_profile: "text",
  cert_ns_certtype: "text",
  cert_no_ocsp_check: "flag",
  last_expiration_check: "time",
  last_need_notify_check: "time",
  last_need_enroll_check: "time",
  template_subject_der: "text",
  template_subject: "text",
  template_hostname: "list",
  template_email: "list",
  template_principal: "list",
  template_ipaddress: "list",
  template_ku: "text",
  template_eku: "text",
  template_is_ca: "flag",
  template_ca_path_length: "number",
  template_crldp: "list",
  template_freshest_crl: "list",
  template_ocsp: "list",
  template_ns_comment: "text",
  template_profile: "text",
  template_issuer: "text",
  template_certificate_template: "text",
  template_no_ocsp_check: "flag",
  template_ns_certtype: "text",
  template_challenge_password: "text",
  template_challenge_password_file: "text",
  csr: "text",
  spkac: "text",
  scep_tx: "text",
  scep_nonce: "text",
  scep_last_nonce: "text",
  scep_gic: "text",
  scep_gic_next: "text",
  scep_req: "text",
  scep_req_next: "text",
  minicert: "text",
  state: "text",
  autorenew: "flag",
  monitor: "flag",
  ca_name: "text",
  submitted: "time",
  ca_cookie: "text",
  ca_error: "text",
  cert: "text",
  cert_chain: "certificates",
  cert_roots: "certificates",
  pre_certsave_command: "text",
  pre_certsave_uid: "text",
  post_certsave_command: "text",
  post_certsave_uid: "text",
  root_cert_files: "list",
  other_root_cert_files: "list",
  other_cert_files: "list",
  root_cert_dbs: "list",
  other_root_cert_dbs: "list",
  other_cert_dbs: "list",
} as const satisfies Readonly<Record<string, FieldKind>>;

/** The keys of a file in cas/. */
export const caFields = {
  id: "text",
  ca_aka: "text",
  ca_issuer_names: "list",
  ca_is_default: "flag",
  /** `EXTERNAL` or `INTERNAL:SELF`. */
  ca_type: "text",
  ca_internal_serial: "text",
  ca_internal_issue_time: "time",
  ca_external_helper: "text",
  ca_root_certs: "certificates",
  ca_other_root_certs: "certificates",
  ca_other_certs: "certificates",
  ca_required_enroll_attributes: "list",
  ca_required_renewal_attributes: "list",
  ca_profiles: "list",
  ca_default_profile: "text",
  ca_pre_save_command: "text",
  ca_pre_save_uid: "text",
  ca_post_save_command: "text",
  ca_post_save_uid: "text",
  ca_root_cert_files: "list",
  ca_other_root_cert_files: "list",
  ca_other_cert_files: "list",
  ca_root_cert_dbs: "list",
  ca_other_root_cert_dbs: "list",
  ca_other_cert_dbs: "list",
  ca_capabilities: "list",
  scep_cipher: "text",
  scep_digest: "text",
  scep_ca_identifier: "text",
  ca_encryption_cert: "text",
  ca_encryption_issuer_cert: "text",
  ca_encryption_cert_pool: "text",
} as const satisfies Readonly<Record<string, FieldKind>>;

export type FieldTable = Readonly<Record<string, FieldKind>>;

/** The values of a file, under its own keys; what the file does not have is absent. */
export type RecordOf<T extends FieldTable> = { readonly [Key in keyof T]?: ValueOf[T[Key]] };

/** Everything that is kept of a request: a file in requests/. */
export interface RequestRecord extends RecordOf<Omit<typeof requestFields, "id">> {
  readonly id: string;
}

/** Everything that is kept of a CA: a file in cas/. */
export interface CaRecord extends RecordOf<Omit<typeof caFields, "id">> {
  readonly id: string;
}

/** New values for some keys; `undefined` takes a key away. */
export type Changes<R> = { readonly [Key in keyof R]?: R[Key] | undefined };

/** A record with some values replaced; `undefined` takes a value away. */
export function merge<R extends object>(
  record: R,
  changes: { readonly [Key in keyof R]?: R[Key] | undefined } = {},
): R {
  const merged = { ...record, ...changes };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(merged, key);
  }
  return merged;
}
