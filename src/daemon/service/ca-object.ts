import { caInterface } from "../../bus/certmonger.ts";
import type { Implementation } from "../../bus/objects.ts";
import { asFlag, asText, asTexts, type BusValue } from "../../bus/values.ts";
import { DaemonError } from "../error.ts";
import type { CaRecord, Changes } from "../fields.ts";
import type { TrackedCa } from "../interface.ts";
import { pairs, refusalsAsErrors } from "./encode.ts";

/** A CA on the bus. */
export function caObject(ca: TrackedCa): Implementation {
  const { record } = ca;
  const isInternal = record.ca_type === "INTERNAL:SELF";
  return {
    definition: caInterface,
    methods: {
      get_config_file_path: () => [ca.path],
      get_nickname: () => [record.id],
      get_is_default: () => [record.ca_is_default ?? false],
      get_type: () => [record.ca_type ?? "EXTERNAL"],
      get_serial: () => (isInternal ? [record.ca_internal_serial ?? ""] : undefined),
      get_location: () => [record.ca_external_helper ?? ""],
      get_issuer_names: () => [record.ca_issuer_names ?? []],
      refresh: () => {
        ca.refresh();
        return [true];
      },
    },
    values: () => caValues(ca),
    set: (name, value) => refusalsAsErrors(async () => ca.modify(changeOf(name, value))),
  };
}

/** What setting a property changes in the record. */
function changeOf(name: string, value: BusValue): Changes<CaRecord> {
  const texts = asTexts(value) ?? [];
  switch (name) {
    case "is-default":
      return { ca_is_default: asFlag(value) };
    case "external-helper":
      return { ca_external_helper: asText(value) };
    case "root-cert-files":
      return { ca_root_cert_files: texts };
    case "root-other-cert-files":
      return { ca_other_root_cert_files: texts };
    case "other-cert-files":
      return { ca_other_cert_files: texts };
    case "root-cert-nssdbs":
      return { ca_root_cert_dbs: texts };
    case "root-other-cert-nssdbs":
      return { ca_other_root_cert_dbs: texts };
    case "other-cert-nssdbs":
      return { ca_other_cert_dbs: texts };
    case "scep-cipher":
      return { scep_cipher: asText(value) };
    case "scep-digest":
      return { scep_digest: asText(value) };
    case "scep-ca-identifier":
      return { scep_ca_identifier: asText(value) };
    default:
      throw new DaemonError("bad_arg", `property "${name}" can not be set`);
  }
}

/** The properties of a CA; what is not set is `undefined`. */
export function caValues({ record }: TrackedCa): Readonly<Record<string, BusValue | undefined>> {
  return {
    nickname: record.id,
    aka: record.ca_aka,
    "is-default": record.ca_is_default ?? false,
    "external-helper": record.ca_external_helper ?? "",
    // certmonger has nothing to tell here either: what a helper said stands with the requests.
    "ca-error": record.ca_type === "INTERNAL:SELF" ? undefined : "",
    "issuer-names": record.ca_issuer_names,
    "root-certs": pairs(record.ca_root_certs),
    "root-other-certs": pairs(record.ca_other_root_certs),
    "other-certs": pairs(record.ca_other_certs),
    "required-enroll-attributes": record.ca_required_enroll_attributes,
    "required-renew-attributes": record.ca_required_renewal_attributes,
    "supported-profiles": record.ca_profiles,
    "default-profile": record.ca_default_profile,
    "root-cert-files": record.ca_root_cert_files,
    "root-other-cert-files": record.ca_other_root_cert_files,
    "other-cert-files": record.ca_other_cert_files,
    "root-cert-nssdbs": record.ca_root_cert_dbs,
    "root-other-cert-nssdbs": record.ca_other_root_cert_dbs,
    "other-cert-nssdbs": record.ca_other_cert_dbs,
    "ca-presave-command": record.ca_pre_save_command,
    "ca-presave-uid": record.ca_pre_save_uid,
    "ca-postsave-command": record.ca_post_save_command,
    "ca-postsave-uid": record.ca_post_save_uid,
    "scep-cipher": record.scep_cipher ?? "",
    "scep-digest": record.scep_digest ?? "",
    "scep-ca-identifier": record.scep_ca_identifier ?? "",
    "scep-ca-capabilities": record.ca_capabilities,
    "scep-ra-cert": record.ca_encryption_cert,
    "scep-ca-cert": record.ca_encryption_issuer_cert,
    "scep-other-certs": record.ca_encryption_cert_pool,
  };
}
