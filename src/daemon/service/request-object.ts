import { requestInterface } from "../../bus/certmonger.ts";
import type { Answer } from "../../bus/message.ts";
import { type Implementation, implement, type Kind } from "../../bus/objects.ts";
import { asDictionary, type BusValue } from "../../bus/values.ts";
import type { Daemon, TrackedRequest } from "../interface.ts";
import { commaList, refusalsAsErrors, seconds, usageNumber } from "./encode.ts";
import { readParameters, readProperty } from "./parameters.ts";
import { caPath, requestPath } from "./paths.ts";
import { knownKeyType, lastChecked, type RequestOnBus, requestProperties } from "./request-properties.ts";

/** A request on the bus. */
export function requestObject(daemon: Daemon, request: TrackedRequest): Implementation {
  return implement(requestKind, { daemon, request, record: request.record });
}

export const requestKind: Kind<RequestOnBus> = {
  definition: requestInterface,
  methods: {
    get_nickname: ({ record }) => [record.id],
    get_autorenew: ({ record }) => [record.autorenew ?? false],
    get_cert_data: ({ record }) => oneText(record.cert),
    get_cert_info: ({ record }) => [
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
    get_cert_last_checked: ({ record }) => [seconds(lastChecked(record))],
    get_cert_storage_info: ({ record }) =>
      texts(
        // getcert takes an answer without a place for a broken one.
        record.cert_storage_type ?? "FILE",
        record.cert_storage_location ?? "",
        record.cert_nickname,
        record.cert_token,
      ),
    get_csr_data: ({ record }) => oneText(record.csr),
    get_csr_info: ({ record }) =>
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
    get_key_pin: ({ record }) => [record.key_pin ?? ""],
    get_key_pin_file: ({ record }) => [record.key_pin_file ?? ""],
    get_key_storage_info: ({ record }) =>
      texts(
        record.key_storage_type ?? "NONE",
        record.key_storage_location,
        record.key_nickname,
        record.key_token,
      ),
    get_key_type_and_size: ({ record }) => [knownKeyType(record) || "UNKNOWN", BigInt(record.key_size ?? 0)],
    get_monitoring: ({ record }) => [record.monitor ?? false],
    get_notification_info: ({ daemon }) => [
      daemon.configuration.notificationMethod,
      daemon.configuration.notificationDestination,
    ],
    get_status: ({ request }) => [request.state, request.isStuck],
    get_ca: ({ daemon, record }) => {
      const ca = record.ca_name === undefined ? undefined : daemon.findCa(record.ca_name);
      return ca === undefined ? undefined : [caPath(ca)];
    },
    get_submitted_cookie: ({ record }) => oneText(record.ca_cookie),
    get_ca_error: ({ record }) => oneText(record.ca_error),
    get_submitted_date: ({ record }) => [seconds(record.submitted)],
    modify: async ({ daemon, request }, [parameters], { uid }) => {
      await refusalsAsErrors(async () => {
        const changes = asDictionary(parameters) ?? new Map();
        await request.modify(readParameters(changes, { daemon, uid }, { isStrict: true }));
      });
      return [true, requestPath(request)];
    },
    rekey: async ({ request }) => {
      await refusalsAsErrors(() => request.rekey());
      return [true];
    },
    resubmit: async ({ request }) => {
      await refusalsAsErrors(() => request.resubmit());
      return [true];
    },
    refresh: async ({ request }) => [await refusalsAsErrors(() => request.refresh())],
  },
  properties: requestProperties,
  set: ({ daemon, request }, name, value) =>
    refusalsAsErrors(() =>
      request.modify(readProperty(name, value, { daemon, uid: process.getuid?.() ?? 0 })),
    ),
};

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
