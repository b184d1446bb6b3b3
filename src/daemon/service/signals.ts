import { caInterface, requestInterface } from "../../bus/certmonger.ts";
import { type Interface, properties } from "../../bus/interface.ts";
import type { Signal } from "../../bus/message.ts";
import { type BusValue, Variant } from "../../bus/values.ts";
import type { Daemon, DaemonEvent } from "../interface.ts";
import { caPath, requestPath } from "./paths.ts";
import { requestProperties } from "./request-properties.ts";

/** What the bus is told about an event: PropertiesChanged, SavedCertificate, or nothing. */
export function signalsOf(daemon: Daemon, event: DaemonEvent): Signal[] {
  switch (event.type) {
    case "request-state":
      return [
        propertiesChanged(requestPath(event.request), requestInterface, {
          status: event.after,
          stuck: event.request.isStuck,
        }),
      ];
    case "request-changed": {
      const names = event.keys.flatMap((key) => requestPropertiesOf[key] ?? []);
      if (names.length === 0) return [];
      const { request } = event;
      const self = { daemon, request, record: request.record };
      const changed = Object.fromEntries(names.map((name) => [name, requestProperties[name]?.(self)]));
      return [propertiesChanged(requestPath(event.request), requestInterface, changed)];
    }
    case "ca-changed": {
      const { record } = event.ca;
      if (!event.keys.includes("ca_external_helper")) return [];
      const changed = { "external-helper": record.ca_external_helper ?? "" };
      return [propertiesChanged(caPath(event.ca), caInterface, changed)];
    }
    case "certificate-saved":
      return [
        { path: requestPath(event.request), interface: requestInterface.name, member: "SavedCertificate" },
      ];
    default:
      return [];
  }
}

/** Keys of the record whose changes a client may care for, and the properties that show them. */
const requestPropertiesOf: Readonly<Record<string, readonly string[]>> = {
  id: ["nickname"],
  autorenew: ["autorenew"],
  monitor: ["monitoring"],
  cert: ["cert", "issuer", "serial", "subject", "not-valid-before", "not-valid-after"],
  ca_name: ["ca"],
  ca_error: ["ca-error"],
  ca_cookie: ["ca-cookie"],
  submitted: ["submitted-date"],
};

function propertiesChanged(
  path: string,
  of: Interface,
  values: Readonly<Record<string, BusValue | undefined>>,
): Signal {
  const set = new Map<string, BusValue>();
  const unset: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const property = of.properties.get(name);
    if (property === undefined) continue;
    if (value === undefined) unset.push(name);
    else set.set(name, new Variant(property.type, value));
  }
  return {
    path,
    interface: properties.name,
    member: "PropertiesChanged",
    signature: "sa{sv}as",
    body: [of.name, set, unset],
  };
}
