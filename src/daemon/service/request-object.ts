import { requestInterface } from "../../bus/certmonger.ts";
import type { Answer } from "../../bus/message.ts";
import type { Implementation } from "../../bus/objects.ts";
import { asDictionary, type BusValue } from "../../bus/values.ts";
import type { RequestRecord } from "../fields.ts";
import type { Daemon, TrackedRequest } from "../interface.ts";
import { commaList, pairs, refusalsAsErrors, seconds, usageNumber } from "./encode.ts";
import { readParameters } from "./parameters.ts";
import { caPath, requestPath } from "./paths.ts";

/** How certmonger tells its users, from its configuration. */
export interface Notification {
  readonly method: string;
  readonly destination: string;
}

/** A request on the bus. */
export function requestObject(
  daemon: Daemon,
  request: TrackedRequest,
  notification: Notification,
): Implementation {
  const { record } = request;
  return {
    definition: requestInterface,
    methods: {
      get_nickname: () => [record.id],
      get_autorenew: () => [record.autorenew ?? false],
      get_cert_data: () => oneText(record.cert),
      get_cert_info: () => [
        record.cert_issuer ?? "",
        record.cert_serial ?? "",
        record.cert_subject ?? "",
        seconds(record.cert_not_after),
        record.cert_email ?? [],
        record.cert_hostname ?? [],
        record.cert_principal ?? [],
        usageNumber(record.cert_ku),
        commaList(record.cert_eku) ?? [],
        seconds(record.cert_not_before),
      ],
      get_cert_last_checked: () => [seconds(lastChecked(record))],
      get_cert_storage_info: () =>
        texts(
          record.cert_storage_type ?? "NONE",
          record.cert_storage_location,
          record.cert_nickname,
          record.cert_token,
        ),
      get_csr_data: () => oneText(record.csr),
      get_csr_info: () =>
        record.csr === undefined
          ? undefined
          : [
              record.template_subject ?? "",
              record.template_email ?? [],
              record.template_hostname ?? [],
              record.template_principal ?? [],
              usageNumber(record.template_ku),
              commaList(record.template_eku) ?? [],
            ],
      get_key_pin: () => [record.key_pin ?? ""],
      get_key_pin_file: () => [record.key_pin_file ?? ""],
      get_key_storage_info: () =>
        texts(
          record.key_storage_type ?? "NONE",
          record.key_storage_location,
          record.key_nickname,
          record.key_token,
        ),
      get_key_type_and_size: () => [knownKeyType(record) || "UNKNOWN", BigInt(record.key_size ?? 0)],
      get_monitoring: () => [record.monitor ?? false],
      get_notification_info: () => [notification.method, notification.destination],
      get_status: () => [request.state, request.isStuck],
      get_ca: () => {
        const ca = record.ca_name === undefined ? undefined : daemon.findCa(record.ca_name);
        return ca === undefined ? undefined : [caPath(ca)];
      },
      get_submitted_cookie: () => oneText(record.ca_cookie),
      get_ca_error: () => oneText(record.ca_error),
      get_submitted_date: () => [seconds(record.submitted)],
      modify: async ([parameters], { uid }) => {
        await refusalsAsErrors(async () => {
          const changes = asDictionary(parameters) ?? new Map();
          await request.modify(readParameters(changes, { daemon, uid }, { isStrict: true }));
        });
        return [true, requestPath(request)];
      },
      rekey: async () => {
        await refusalsAsErrors(() => request.rekey());
        return [true];
      },
      resubmit: async () => {
        await refusalsAsErrors(() => request.resubmit());
        return [true];
      },
      refresh: async () => [await refusalsAsErrors(() => request.refresh())],
    },
    values: () => requestValues(daemon, request),
    set: (name, value) =>
      refusalsAsErrors(() => {
        const reading = { daemon, uid: process.getuid?.() ?? 0 };
        const parameters = new Map([[parameterOf(name), value]]);
        return request.modify(readParameters(parameters, reading, { isStrict: true }));
      }),
  };
}

/** The parameter of `modify` that sets a property; most have its name. */
function parameterOf(property: string): string {
  if (property === "key-pin") return "KEY_PIN";
  return property === "key-pin-file" ? "KEY_PIN_FILE" : property;
}

/** The properties of a request; what is not set is `undefined`. Measured on certmonger 0.79.17. */
export function requestValues(
  daemon: Daemon,
  request: TrackedRequest,
): Readonly<Record<string, BusValue | undefined>> {
  const { record } = request;
  const ca = record.ca_name === undefined ? undefined : daemon.findCa(record.ca_name);
  return {
    nickname: record.id,
    autorenew: record.autorenew ?? false,
    cert: record.cert,
    "cert-chain": pairs(record.cert_chain),
    "cert-roots": pairs(record.cert_roots),
    issuer: record.cert_issuer,
    serial: record.cert_serial,
    subject: record.cert_subject,
    "not-valid-before": seconds(record.cert_not_before),
    "not-valid-after": seconds(record.cert_not_after),
    email: record.cert_email,
    ku: record.cert_ku,
    eku: commaList(record.cert_eku),
    hostname: record.cert_hostname,
    principal: record.cert_principal,
    "last-checked": seconds(lastChecked(record)),
    ...storageValues("cert", {
      type: record.cert_storage_type,
      location: record.cert_storage_location,
      nickname: record.cert_nickname,
      token: record.cert_token,
    }),
    "cert-owner": record.cert_owner,
    "cert-perms": BigInt(record.cert_perms ?? 0),
    csr: record.csr,
    "key-pin": record.key_pin ?? "",
    "key-pin-file": record.key_pin_file ?? "",
    "key-generated-date": seconds(record.key_generated_date),
    "key-issued-count": BigInt(record.key_issued_count ?? 0),
    "template-subject": record.template_subject,
    "template-email": record.template_email,
    "template-ku": record.template_ku,
    "template-eku": commaList(record.template_eku),
    "template-hostname": record.template_hostname,
    "template-principal": record.template_principal,
    "template-ip-address": record.template_ipaddress,
    "template-is-ca": record.template_is_ca ?? false,
    "template-ca-path-length": BigInt(record.template_ca_path_length ?? -1),
    "template-ocsp": record.template_ocsp,
    "template-crldp": record.template_crldp,
    "template-freshest-crl": record.template_freshest_crl,
    "template-ns-comment": record.template_ns_comment,
    "template-profile": record.template_profile,
    "template-issuer": record.template_issuer,
    "template-ms-certificate-template": record.template_certificate_template,
    "template-ns-certtype": record.template_ns_certtype,
    "template-challenge-password": record.template_challenge_password ?? "",
    "template-challenge-password-file": record.template_challenge_password_file ?? "",
    ...storageValues("key", {
      type: record.key_storage_type,
      location: record.key_storage_location,
      nickname: record.key_nickname,
      token: record.key_token,
    }),
    "key-owner": record.key_owner,
    "key-perms": BigInt(record.key_perms ?? 0),
    "key-type": knownKeyType(record),
    "key-size": BigInt(record.key_size ?? 0),
    monitoring: record.monitor ?? false,
    "notification-type": "",
    "notification-syslog-priority": "",
    "notification-email": "",
    "notification-command": "",
    status: request.state,
    stuck: request.isStuck,
    ca: ca && caPath(ca),
    "ca-profile": record.cert_profile,
    "nss-user": record.nss_user,
    "root-cert-files": record.root_cert_files,
    "root-other-cert-files": record.other_root_cert_files,
    "other-cert-files": record.other_cert_files,
    "root-cert-nssdbs": record.root_cert_dbs,
    "root-other-cert-nssdbs": record.other_root_cert_dbs,
    "other-cert-nssdbs": record.other_cert_dbs,
    "ca-cookie": record.ca_cookie,
    "ca-error": record.ca_error,
    "submitted-date": seconds(record.submitted),
    "cert-presave-command": record.pre_certsave_command,
    "cert-presave-uid": record.pre_certsave_uid,
    "cert-postsave-command": record.post_certsave_command,
    "cert-postsave-uid": record.post_certsave_uid,
  };
}

interface Storage {
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly nickname: string | undefined;
  readonly token: string | undefined;
}

function storageValues(part: "key" | "cert", { type, location, nickname, token }: Storage) {
  return {
    [`${part}-storage`]: type ?? "NONE",
    [`${part}-file`]: type === "FILE" ? (location ?? "") : "",
    [`${part}-database`]: type === "NSSDB" ? (location ?? "") : "",
    [`${part}-nickname`]: type === "NSSDB" ? (nickname ?? "") : "",
    [`${part}-token`]: type === "NSSDB" ? (token ?? "") : "",
  };
}

/** One text, or an answer without values. */
function oneText(text: string | undefined): readonly BusValue[] | undefined {
  return text === undefined || text === "" ? undefined : [text];
}

/** As many texts as there are: certmonger leaves out those at the end that are not set. */
function texts(...values: readonly (string | undefined)[]): Answer {
  const end = values.indexOf(undefined);
  const body = (end < 0 ? values : values.slice(0, end)).map((value) => value ?? "");
  return { signature: "s".repeat(body.length), body };
}

function knownKeyType({ key_type }: RequestRecord): string {
  return key_type === undefined || key_type === "UNSPECIFIED" ? "" : key_type;
}

function lastChecked(record: RequestRecord): Date | undefined {
  const checks = [record.last_need_notify_check, record.last_need_enroll_check];
  return checks.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}
