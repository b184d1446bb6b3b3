import { readIfPresent } from "../files/read-if-present.ts";
import type { Hash } from "../x509/keys.ts";
import { addDuration, secondsOf } from "./duration.ts";
import { defaultTtls } from "./renewal.ts";

/** How the administrator is told of what happens. */
export type NotificationMethod = "none" | "syslog" | "email" | "command" | "stdout";

/** What private keys in files are encrypted with, by OpenSSL's names. */
export type KeyCipher = "aes-128-cbc" | "aes-256-cbc" | "des-cbc" | "des-ede3-cbc";

/**
 * certmonger.conf, with certmonger's defaults for what it does not say. Without `[scep] challenge_password_otp`, which only counts
 * for SCEP, and `[local] validity_period`, which `local-submit` reads itself.
 */
export interface Configuration {
  /** Seconds before a certificate's end, longest first. None: nobody is told. */
  readonly notifyTtls: readonly number[];
  /** None: nothing is renewed by itself. */
  readonly enrollTtls: readonly number[];
  readonly notificationMethod: NotificationMethod;
  /** `facility.priority`, an address, or a command. */
  readonly notificationDestination: string;
  readonly defaultCa?: string;
  /** certmonger 0.79 knows `key_type=EC` and makes RSA keys all the same. */
  readonly keyType: "RSA";
  readonly rsaKeyBits: number;
  readonly keyCipher: KeyCipher;
  /** What CSRs, and certificates of the CA inside, are signed with. */
  readonly digest: Hash;
  readonly nssCaTrust: string;
  readonly nssOtherTrust: string;
  readonly maxKeyUseCount?: number;
  /** A duration: `1y`. */
  readonly maxKeyLifetime?: string;
  /** A duration: `1y`. */
  readonly selfSignValidity: string;
  /** Certificates of the CA inside have issuerUniqueID and subjectUniqueID. */
  readonly hasUniqueIds: boolean;
}

/** @see certmonger 0.79.21 src/prefs.c */
export async function readConfiguration(path: string | undefined, now: Date): Promise<Configuration> {
  const content = path === undefined ? undefined : await readIfPresent(path);
  return parseConfiguration(content?.toString("utf8") ?? "", now);
}

/** @param now where durations in years and months begin */
export function parseConfiguration(text: string, now: Date): Configuration {
  const get = (section: string, key: string): string | undefined => readEntry(text, section, key);
  const ttls = get("defaults", "ttls");
  const rsaKeyBits = Number.parseInt(get("defaults", "rsa_key_size") ?? "", 10);
  const defaultCa = get("defaults", "default_ca");
  const useCount = get("defaults", "max_key_use_count") ?? "";
  const lifetime = get("defaults", "max_key_lifetime") ?? "";
  const validity = get("selfsign", "validity_period") ?? "";
  return {
    notifyTtls: readTtls(get("defaults", "notify_ttls") ?? ttls, now),
    enrollTtls: readTtls(get("defaults", "enroll_ttls") ?? ttls, now),
    notificationMethod: wordIn(notificationMethods, get("defaults", "notification_method"), "syslog"),
    notificationDestination: get("defaults", "notification_destination") ?? "daemon.notice",
    ...(defaultCa && { defaultCa }),
    keyType: "RSA",
    rsaKeyBits: rsaKeyBits >= 1024 ? rsaKeyBits : 2048,
    keyCipher: wordIn(keyCiphers, get("defaults", "symmetric_cipher"), "aes-128-cbc"),
    digest: wordIn(digests, get("defaults", "digest"), "sha256"),
    nssCaTrust: get("defaults", "nss_ca_trust") || "CT,C,C",
    nssOtherTrust: get("defaults", "nss_other_trust") || ",,",
    ...(/^\+?0*[1-9]\d*$/.test(useCount) && { maxKeyUseCount: Number(useCount) }),
    ...(addDuration(now, lifetime) && { maxKeyLifetime: lifetime }),
    selfSignValidity: addDuration(now, validity) === undefined ? "1y" : validity,
    hasUniqueIds: isYes(get("selfsign", "populate_unique_id")),
  };
}

/**
 * A value of an INI file: of the first section of that name, the first line with that key. Both with their letter case;
 * `#` comments, blanks trimmed; no line goes on with another.
 *
 * @see certmonger 0.79.21 src/util.c, get_config_entry
 */
function readEntry(text: string, section: string, key: string): string | undefined {
  let isInside = false;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("#")) continue;
    const header = /^\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) {
      if (isInside) return undefined;
      isInside = header === section;
      continue;
    }
    const equals = line.indexOf("=");
    if (isInside && equals >= 0 && line.slice(0, equals).trim() === key) return line.slice(equals + 1).trim();
  }
  return undefined;
}

const notificationMethods: Readonly<Record<string, NotificationMethod>> = {
  none: "none",
  syslog: "syslog",
  email: "email",
  mail: "email",
  mailto: "email",
  command: "command",
  stdout: "stdout",
};

const keyCiphers: Readonly<Record<string, KeyCipher>> = {
  aes: "aes-128-cbc",
  aes128: "aes-128-cbc",
  "aes-128": "aes-128-cbc",
  aes256: "aes-256-cbc",
  "aes-256": "aes-256-cbc",
  des: "des-cbc",
  des3: "des-ede3-cbc",
};

/** Without MD5, which certmonger would still sign with: that is then SHA-256. */
const digests: Readonly<Record<string, Hash>> = {
  sha1: "sha1",
  "sha-1": "sha1",
  sha256: "sha256",
  "sha-256": "sha256",
  sha384: "sha384",
  "sha-384": "sha384",
  sha512: "sha512",
  "sha-512": "sha512",
};

/** What a word in any letter case stands for; one that is not known leaves the default. */
function wordIn<T>(words: Readonly<Record<string, T>>, text: string | undefined, otherwise: T): T {
  const word = (text ?? "").toLowerCase();
  return (Object.hasOwn(words, word) ? words[word] : undefined) ?? otherwise;
}

const isYes = (text: string | undefined): boolean => /^(yes|y|true|t|1)$/i.test(text ?? "");

/** Longest first. Items that are no duration are passed over, and so is everything after a comma at the beginning. */
function readTtls(text: string | undefined, now: Date): readonly number[] {
  if (text === undefined) return defaultTtls;
  if (text.startsWith(",")) return [];
  const seconds = text.split(/[ \t,]+/).flatMap((item) => secondsOf(item, now) ?? []);
  return seconds.sort((a, b) => b - a);
}
