import { asFlag, asNumber, asText, asTexts, type BusDictionary, type BusValue } from "../../bus/values.ts";
import { DaemonError } from "../error.ts";
import type { Changes, RequestRecord } from "../fields.ts";
import type { Daemon } from "../interface.ts";
import { caAt } from "./paths.ts";

type Part = Changes<RequestRecord>;

interface Reading {
  readonly daemon: Daemon;
  /** The user of the caller: commands that it sets run as that user. */
  readonly uid: number;
}

type Reader = (value: BusValue, reading: Reading) => Part | undefined;

/** A text for one key of the record. */
const text =
  (make: (text: string) => Part): Reader =>
  (value) => {
    const found = asText(value);
    return found === undefined ? undefined : make(found);
  };

const texts =
  (make: (texts: readonly string[]) => Part): Reader =>
  (value) => {
    const found = asTexts(value);
    return found === undefined ? undefined : make(found);
  };

const flag =
  (make: (flag: boolean) => Part): Reader =>
  (value) => {
    const found = asFlag(value);
    return found === undefined ? undefined : make(found);
  };

const number =
  (make: (number: number) => Part): Reader =>
  (value) => {
    const found = asNumber(value);
    return found === undefined ? undefined : make(found);
  };

const keyType = (type: string): Part => {
  switch (type.toUpperCase()) {
    case "RSA":
      return { key_gen_type: "RSA" };
    case "EC":
    case "ECDSA":
      return { key_gen_type: "EC" };
  }
  throw new DaemonError("bad_arg", `No support for generating "${type}" keys.`);
};

/** A command that runs as the user who asks for it. */
const command =
  (make: (command: string, uid: string) => Part): Reader =>
  (value, { uid }) => {
    const found = asText(value);
    return found === undefined ? undefined : make(found, String(uid));
  };

const ca: Reader = (value, { daemon }) => {
  const path = asText(value);
  if (path === undefined) return undefined;
  const found = caAt(daemon, path);
  if (found === undefined) throw new DaemonError("bad_arg", `Certificate authority "${path}" not known.`);
  return { ca_name: found.record.id };
};

const absolute = (path: string): string => {
  if (path.startsWith("/")) return path;
  throw new DaemonError("bad_arg", `The location "${path}" must be an absolute path.`);
};

const msTemplate = (spec: string): Part => {
  if (/^\d+(\.\d+)+:-?\d+(:-?\d+)?$/.test(spec)) return { template_certificate_template: spec };
  throw new DaemonError("bad_arg", `Invalid V2 certificate template specifier: ${spec}`);
};

/**
 * What add_request and modify understand: the name of a parameter, and what of the record it sets. The names in
 * capitals are what getcert sends; the others are names of properties.
 *
 * @see certmonger 0.79.21 src/tdbush.c, base_add_request, request_modify
 */
const readers: Readonly<Record<string, Reader>> = {
  KEY_STORAGE: text((it) => ({ key_storage_type: it })),
  KEY_LOCATION: text((it) => ({ key_storage_location: it })),
  KEY_NICKNAME: text((it) => ({ key_nickname: it })),
  KEY_TOKEN: text((it) => ({ key_token: it })),
  KEY_TYPE: text(keyType),
  KEY_SIZE: number((it) => ({ key_gen_size: it })),
  // Of a secret and its file the one that was given last counts.
  KEY_PIN: text((it) => ({ key_pin: it, key_pin_file: undefined })),
  KEY_PIN_FILE: text((it) => ({ key_pin_file: absolute(it), key_pin: undefined })),
  CERT_STORAGE: text((it) => ({ cert_storage_type: it })),
  CERT_LOCATION: text((it) => ({ cert_storage_location: it })),
  CERT_NICKNAME: text((it) => ({ cert_nickname: it })),
  CERT_TOKEN: text((it) => ({ cert_token: it })),
  TRACK: flag((it) => ({ monitor: it })),
  RENEW: flag((it) => ({ autorenew: it })),
  NICKNAME: text((it) => ({ id: it })),
  CA: ca,
  "key-owner": text((it) => ({ key_owner: it })),
  "key-perms": number((it) => ({ key_perms: it })),
  "cert-owner": text((it) => ({ cert_owner: it })),
  "cert-perms": number((it) => ({ cert_perms: it })),
  "nss-user": text((it) => ({ nss_user: it })),
  "template-subject": text((it) => ({ template_subject: it, template_subject_der: undefined })),
  "template-hostname": texts((it) => ({ template_hostname: it })),
  "template-email": texts((it) => ({ template_email: it })),
  "template-principal": texts((it) => ({ template_principal: it })),
  "template-ip-address": texts((it) => ({ template_ipaddress: it })),
  "template-ku": text((it) => ({ template_ku: it })),
  "template-eku": texts((it) => ({ template_eku: it.join(",") })),
  "template-is-ca": flag((it) => ({ template_is_ca: it })),
  "template-ca-path-length": number((it) => ({ template_ca_path_length: it })),
  "template-ocsp": texts((it) => ({ template_ocsp: it })),
  "template-crldp": texts((it) => ({ template_crldp: it })),
  "template-ns-comment": text((it) => ({ template_ns_comment: it })),
  "template-profile": text((it) => ({ template_profile: it })),
  "template-issuer": text((it) => ({ template_issuer: it })),
  "template-ms-certificate-template": text(msTemplate),
  "template-challenge-password": text((it) => ({
    template_challenge_password: it,
    template_challenge_password_file: undefined,
  })),
  "template-challenge-password-file": text((it) => ({
    template_challenge_password_file: absolute(it),
    template_challenge_password: undefined,
  })),
  "cert-presave-command": command((it, uid) => ({ pre_certsave_command: it, pre_certsave_uid: uid })),
  "cert-postsave-command": command((it, uid) => ({ post_certsave_command: it, post_certsave_uid: uid })),
  "root-cert-files": texts((it) => ({ root_cert_files: it.map(absolute) })),
  "root-other-cert-files": texts((it) => ({ other_root_cert_files: it.map(absolute) })),
  "other-cert-files": texts((it) => ({ other_cert_files: it.map(absolute) })),
  "root-cert-nssdbs": texts((it) => ({ root_cert_dbs: it })),
  "root-other-cert-nssdbs": texts((it) => ({ other_root_cert_dbs: it })),
  "other-cert-nssdbs": texts((it) => ({ other_cert_dbs: it })),
};

/** What can only be set as a property: add_request and modify do not know it. Measured on 0.79.17. */
const propertyReaders: Readonly<Record<string, Reader>> = {
  ...readers,
  "key-pin": text((it) => ({ key_pin: it, key_pin_file: undefined })),
  "key-pin-file": text((it) => ({ key_pin_file: absolute(it), key_pin: undefined })),
  "template-freshest-crl": texts((it) => ({ template_freshest_crl: it })),
  "template-ns-certtype": text((it) => ({ template_ns_certtype: it })),
};

/** What a property, set to a value, says of a record. @throws {DaemonError} `bad_arg` */
export function readProperty(name: string, value: BusValue, reading: Reading): Part {
  const part = Object.hasOwn(propertyReaders, name) ? propertyReaders[name]?.(value, reading) : undefined;
  if (part !== undefined) return part;
  throw new DaemonError("bad_arg", "Unrecognized parameter or wrong value type.");
}

/**
 * What the parameters of a call say of a record. One that is not known, or of the wrong type, is passed over
 * when a request is added, as certmonger does; `isStrict` refuses it.
 *
 * @throws {DaemonError} `bad_arg`
 */
export function readParameters(
  parameters: BusDictionary,
  reading: Reading,
  { isStrict }: { readonly isStrict: boolean },
): Part {
  let record: Part = {};
  // A file wins over a value of its own, whatever came first.
  const [files, others] = [true, false].map((isFile) =>
    [...parameters].filter(([name]) => /[_-](FILE|file)$/.test(name) === isFile),
  );
  for (const [name, value] of [...(others ?? []), ...(files ?? [])]) {
    const part = Object.hasOwn(readers, name) ? readers[name]?.(value, reading) : undefined;
    if (part === undefined && isStrict) {
      throw new DaemonError("bad_arg", "Unrecognized parameter or wrong value type.");
    }
    record = { ...record, ...part };
  }
  return record;
}
