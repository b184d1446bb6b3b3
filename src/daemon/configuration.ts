import { readIfPresent } from "../files/read-if-present.ts";
import { defaultTtls } from "./renewal.ts";

/** How the administrator is told of what happens. */
export type NotificationMethod = "none" | "syslog" | "email" | "command" | "stdout";

/** certmonger.conf, with certmonger's defaults for what it does not say. */
export interface Configuration {
  readonly notifyTtls: readonly number[];
  readonly enrollTtls: readonly number[];
  readonly notificationMethod: NotificationMethod;
  /** `facility.priority`, an address, or a command. */
  readonly notificationDestination: string;
  readonly defaultCa?: string;
  readonly keyType: "RSA" | "EC";
  readonly rsaKeyBits: number;
  readonly nssCaTrust: string;
  readonly nssOtherTrust: string;
  readonly maxKeyUseCount?: number;
  readonly maxKeyLifetimeSeconds?: number;
  readonly selfSignValiditySeconds: number;
}

const year = 365 * 24 * 60 * 60;

/** @see certmonger 0.79.21 src/prefs.c */
export async function readConfiguration(path: string | undefined): Promise<Configuration> {
  const content = path === undefined ? undefined : await readIfPresent(path);
  return parseConfiguration(content?.toString("utf8") ?? "");
}

export function parseConfiguration(text: string): Configuration {
  const get = readIni(text);
  const ttls = readTtls(get("defaults", "ttls"));
  const method = readMethod(get("defaults", "notification_method"));
  const rsaKeyBits = Number(get("defaults", "rsa_key_size"));
  const defaultCa = get("defaults", "default_ca");
  const useCount = Number(get("defaults", "max_key_use_count"));
  const lifetime = readSeconds(get("defaults", "max_key_lifetime"));
  return {
    notifyTtls: readTtls(get("defaults", "notify_ttls")) ?? ttls ?? defaultTtls,
    enrollTtls: readTtls(get("defaults", "enroll_ttls")) ?? ttls ?? defaultTtls,
    notificationMethod: method,
    notificationDestination:
      get("defaults", "notification_destination") ?? (method === "email" ? "root" : "daemon.notice"),
    ...(defaultCa !== undefined && { defaultCa }),
    keyType: "RSA",
    rsaKeyBits: rsaKeyBits >= 1024 ? rsaKeyBits : 2048,
    nssCaTrust: get("defaults", "nss_ca_trust") ?? "CT,C,C",
    nssOtherTrust: get("defaults", "nss_other_trust") ?? ",,",
    ...(useCount > 0 && { maxKeyUseCount: useCount }),
    ...(lifetime !== undefined && lifetime > 0 && { maxKeyLifetimeSeconds: lifetime }),
    selfSignValiditySeconds: readSeconds(get("selfsign", "validity_period")) ?? year,
  };
}

/** Sections and keys with their letter case, `#` comments, blanks trimmed; no line goes on with another. */
function readIni(text: string): (section: string, key: string) => string | undefined {
  const values = new Map<string, string>();
  let section = "";
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const header = /^\[([^\]]*)\]/.exec(line);
    const equals = line.indexOf("=");
    if (line.startsWith("#") || line.startsWith(";")) continue;
    if (header !== null) section = (header[1] ?? "").trim();
    else if (equals > 0) {
      values.set(`${section}\n${line.slice(0, equals).trim()}`, line.slice(equals + 1).trim());
    }
  }
  return (inSection, key) => values.get(`${inSection}\n${key}`) || undefined;
}

/** certmonger's `mail` and `mailto` are `email`; a name that it does not know leaves its default. */
function readMethod(text: string | undefined): NotificationMethod {
  switch (text?.toLowerCase()) {
    case "none":
      return "none";
    case "email":
    case "mail":
    case "mailto":
      return "email";
    case "command":
      return "command";
    case "stdout":
      return "stdout";
    default:
      return "syslog";
  }
}

/** Longest first, as certmonger sorts them. */
function readTtls(text: string | undefined): number[] | undefined {
  const seconds = (text ?? "").split(/[,\s]+/).flatMap((item) => readSeconds(item) ?? []);
  return seconds.length === 0 ? undefined : seconds.sort((a, b) => b - a);
}

const unitSeconds: Readonly<Record<string, number>> = {
  y: year,
  M: 30 * 24 * 60 * 60,
  w: 7 * 24 * 60 * 60,
  d: 24 * 60 * 60,
  h: 60 * 60,
  m: 60,
  s: 1,
};

/** `1y2w`, `28d`, `3600`; @see certmonger 0.79.21 src/submit-u.c, cm_submit_u_delta_from_string */
export function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+[yMwdhms]?)+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([yMwdhms]?)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit || "s"] ?? 1),
    0,
  );
}
