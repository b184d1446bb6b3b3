import { type BusValue, Variant } from "../bus/values.ts";
import type { Values } from "./command.ts";
import type { OptionKey } from "./options.ts";
import { keyUsageBit, keyUsageText } from "./usages.ts";

type Entry = readonly [name: string, value: Variant];

/**
 * What add_request and modify take: name → value. Names in capitals are certmonger's older ones; the others
 * are names of properties.
 *
 * @see tdbush.c, base_add_request and request_modify
 */
export function dictionary(...groups: readonly (readonly Entry[])[]): ReadonlyMap<string, BusValue> {
  return new Map(groups.flat());
}

export const textEntry = (name: string, value: string | undefined): Entry[] =>
  value === undefined ? [] : [[name, new Variant("s", value)]];

export const flagEntry = (name: string, value: boolean | undefined): Entry[] =>
  value === undefined ? [] : [[name, new Variant("b", value)]];

export const pathEntry = (name: string, value: string | undefined): Entry[] =>
  value === undefined ? [] : [[name, new Variant("o", value)]];

const numberEntry = (name: string, value: number | undefined): Entry[] =>
  value === undefined ? [] : [[name, new Variant("x", BigInt(value))]];

export const listEntry = (name: string, value: readonly string[] | undefined): Entry[] =>
  value === undefined ? [] : [[name, new Variant("as", value)]];

/** Where key and certificate are kept. */
export function storageEntries(values: Values, { withoutKey }: { withoutKey: "NONE" | undefined }): Entry[] {
  const dbdir = values.text("dbdir");
  const keyfile = values.text("keyfile");
  if (dbdir !== undefined) {
    return ["KEY", "CERT"].flatMap((part) => [
      ...textEntry(`${part}_STORAGE`, "NSSDB"),
      ...textEntry(`${part}_LOCATION`, dbdir),
      ...textEntry(`${part}_NICKNAME`, values.text("nickname")),
      ...textEntry(`${part}_TOKEN`, values.text("token")),
    ]);
  }
  return [
    ...textEntry("KEY_STORAGE", keyfile === undefined ? withoutKey : "FILE"),
    ...textEntry("KEY_LOCATION", keyfile),
    ...textEntry("CERT_STORAGE", "FILE"),
    ...textEntry("CERT_LOCATION", values.text("certfile")),
  ];
}

/** PIN, challenge password, owners, modes, hooks, CA certificates: what is no part of the certificate itself. */
export function handlingEntries(values: Values): Entry[] {
  return [
    ...textEntry("KEY_PIN", values.text("pin")),
    ...textEntry("KEY_PIN_FILE", values.text("pinfile")),
    ...textEntry("template-challenge-password", values.text("challenge")),
    ...textEntry("template-challenge-password-file", values.text("challengeFile")),
    ...textEntry("key-owner", values.text("keyOwner")),
    ...numberEntry("key-perms", octal(values, "keyPerms")),
    ...textEntry("cert-owner", values.text("certOwner")),
    ...numberEntry("cert-perms", octal(values, "certPerms")),
    ...textEntry("nss-user", values.text("nssUser")),
    ...textEntry("cert-presave-command", values.text("before")),
    ...textEntry("cert-postsave-command", values.text("after")),
    ...listEntry("root-cert-files", values.all("caFile")),
    ...listEntry("root-cert-nssdbs", values.all("caDbdir")),
  ];
}

/** Names and usages that the certificate is to have. */
export function templateEntries(values: Values): Entry[] {
  const usages = values.all("keyUsage");
  const bits = usages?.map((name) => keyUsageBit(name) ?? 0);
  return [
    ...textEntry("template-subject", values.text("subject")),
    ...listEntry("template-principal", values.all("principal")),
    ...listEntry("template-hostname", values.all("dns")),
    ...listEntry("template-email", values.all("email")),
    ...listEntry("template-ip-address", values.all("ip")),
    ...textEntry("template-ku", bits && keyUsageText(bits)),
    ...listEntry("template-eku", values.all("extendedKeyUsage")),
    ...textEntry("template-profile", values.text("profile")),
    ...textEntry("template-ms-certificate-template", values.text("msTemplate")),
    ...textEntry("template-issuer", values.text("issuer")),
  ];
}

/** Type and size of a key that is to be made. */
export function keyEntries(values: Values): Entry[] {
  const size = values.number("keySize") ?? 0;
  return [
    ...textEntry("KEY_TYPE", values.text("keyType")),
    ...numberEntry("KEY_SIZE", size > 0 ? size : undefined),
  ];
}

/** Whether a CA certificate is wanted; nothing when no option speaks of it. */
export function caEntries(values: Values): Entry[] {
  const chosen = values.lastOf("forCa", "notForCa");
  const pathLength = values.number("caPathLength");
  if (chosen === undefined && pathLength === undefined) return [];
  const isCa = chosen === "forCa";
  return [
    ...flagEntry("template-is-ca", isCa),
    ...numberEntry("template-ca-path-length", isCa ? (pathLength ?? -1) : -1),
  ];
}

function octal(values: Values, key: OptionKey): number | undefined {
  const text = values.text(key);
  return text === undefined ? undefined : Number.parseInt(text, 8);
}
