import { caInterface } from "../../bus/certmonger.ts";
import { type Implementation, implement, type Kind } from "../../bus/objects.ts";
import { asFlag, asText, asTexts, type BusValue } from "../../bus/values.ts";
import { DaemonError } from "../error.ts";
import type { CaRecord, Changes } from "../fields.ts";
import type { TrackedCa } from "../interface.ts";
import { pairs, refusalsAsErrors } from "./encode.ts";

/** A CA on the bus. */
export function caObject(ca: TrackedCa): Implementation {
  return implement(caKind, ca);
}

export const caKind: Kind<TrackedCa> = {
  definition: caInterface,
  methods: {
    get_config_file_path: ({ path }) => [path],
    get_nickname: ({ record }) => [record.id],
    get_is_default: ({ record }) => [record.ca_is_default ?? false],
    get_type: ({ record }) => [record.ca_type ?? "EXTERNAL"],
    get_serial: ({ record }) => (isInternal(record) ? [record.ca_internal_serial ?? ""] : undefined),
    get_location: ({ record }) => [record.ca_external_helper ?? ""],
    get_issuer_names: ({ record }) => [record.ca_issuer_names ?? []],
    refresh: (ca) => {
      ca.refresh();
      return [true];
    },
  },
  properties: {
    nickname: ({ record }) => record.id,
    aka: ({ record }) => record.ca_aka,
    "is-default": ({ record }) => record.ca_is_default ?? false,
    "external-helper": ({ record }) => record.ca_external_helper ?? "",
    // certmonger has nothing to tell here either: what a helper said stands with the requests.
    "ca-error": ({ record }) => (isInternal(record) ? undefined : ""),
    "issuer-names": ({ record }) => record.ca_issuer_names,
    "root-certs": ({ record }) => pairs(record.ca_root_certs),
    "root-other-certs": ({ record }) => pairs(record.ca_other_root_certs),
    "other-certs": ({ record }) => pairs(record.ca_other_certs),
    "required-enroll-attributes": ({ record }) => record.ca_required_enroll_attributes,
    "required-renew-attributes": ({ record }) => record.ca_required_renewal_attributes,
    "supported-profiles": ({ record }) => record.ca_profiles,
    "default-profile": ({ record }) => record.ca_default_profile,
    "root-cert-files": ({ record }) => record.ca_root_cert_files,
    "root-other-cert-files": ({ record }) => record.ca_other_root_cert_files,
    "other-cert-files": ({ record }) => record.ca_other_cert_files,
    "root-cert-nssdbs": ({ record }) => record.ca_root_cert_dbs,
    "root-other-cert-nssdbs": ({ record }) => record.ca_other_root_cert_dbs,
    "other-cert-nssdbs": ({ record }) => record.ca_other_cert_dbs,
    "ca-presave-command": ({ record }) => record.ca_pre_save_command,
    "ca-presave-uid": ({ record }) => record.ca_pre_save_uid,
    "ca-postsave-command": ({ record }) => record.ca_post_save_command,
    "ca-postsave-uid": ({ record }) => record.ca_post_save_uid,
    "scep-cipher": ({ record }) => record.scep_cipher ?? "",
    "scep-digest": ({ record }) => record.scep_digest ?? "",
    "scep-ca-identifier": ({ record }) => record.scep_ca_identifier ?? "",
    "scep-ca-capabilities": ({ record }) => record.ca_capabilities,
    "scep-ra-cert": ({ record }) => record.ca_encryption_cert,
    "scep-ca-cert": ({ record }) => record.ca_encryption_issuer_cert,
    "scep-other-certs": ({ record }) => record.ca_encryption_cert_pool,
  },
  set: (ca, name, value) => refusalsAsErrors(async () => ca.modify(changeOf(name, value))),
};

const isInternal = ({ ca_type }: CaRecord): boolean => ca_type === "INTERNAL:SELF";

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
