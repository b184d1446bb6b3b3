import { HelperFailure } from "../../protocol/index.ts";
import { FileError } from "../../src/files/error.ts";
import { readIfPresent } from "../../src/files/read-if-present.ts";
import type { IpaOptions } from "./options.ts";

/** What the `[global]` section of `/etc/ipa/default.conf` says, by key. */
export type IpaConfig = ReadonlyMap<string, string>;

/**
 * Reads the `[global]` section: `key = value`, `#` begins a comment line, the first of two equal keys counts, and
 * the section ends at the next header. Letter case matters; there is no interpolation and there are no quotes.
 *
 * @see certmonger 0.79.21 src/util-n.c and src/ipa.c (rules measured on the program)
 */
export function parseIpaConfig(text: string): IpaConfig {
  const values = new Map<string, string>();
  let isGlobal = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line);
    if (header !== null) {
      if (isGlobal) break;
      isGlobal = header[1] === "global";
      continue;
    }
    const setting = /^\s*([^#\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (!isGlobal || setting === null) continue;
    const [, key = "", value = ""] = setting;
    if (value !== "" && !values.has(key)) values.set(key, value);
  }
  return values;
}

/** Empty when there is no such file: a machine may be told everything by options. */
export async function readIpaConfig(path: string): Promise<IpaConfig> {
  try {
    return parseIpaConfig((await readIfPresent(path))?.toString("utf8") ?? "");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new HelperFailure("unconfigured", error.message, { cause: error });
  }
}

/** Which options say where the server is. */
export type PlaceOptions = Partial<
  Pick<IpaOptions, "host" | "domain" | "jsonrpcUrl" | "xmlrpcUrl" | "ldapUrl" | "basedn">
>;

/**
 * The server to ask first, `undefined` when neither options nor configuration name one.
 *
 * What an option names comes first. Then, as certmonger's own helper chooses: `server`, `jsonrpc_uri`, `xmlrpc_uri`
 * with `json` in place of its last three letters, and `host`, which on a client is the client itself.
 *
 * @throws {HelperFailure} `unconfigured` for a text that is no URL of a web server
 */
export function chooseServerUrl(options: PlaceOptions, config: IpaConfig): URL | undefined {
  const { jsonrpcUrl, xmlrpcUrl, host } = options;
  if (jsonrpcUrl !== undefined) return webUrl(jsonrpcUrl, "--jsonrpc-url");
  if (xmlrpcUrl !== undefined) return webUrl(xmlrpcUrl.replace(/\/xml$/, "/json"), "--xmlrpc-url");
  if (host !== undefined) return serverUrl(host, "--host");
  const configured = (key: string, make: (value: string) => URL) => {
    const value = config.get(key);
    return value === undefined ? undefined : make(value);
  };
  return (
    configured("server", (name) => serverUrl(name, "server")) ??
    configured("jsonrpc_uri", (uri) => webUrl(uri, "jsonrpc_uri")) ??
    configured("xmlrpc_uri", (uri) => webUrl(`${uri.slice(0, -3)}json`, "xmlrpc_uri")) ??
    configured("host", (name) => serverUrl(name, "host"))
  );
}

/** `https://NAME/ipa/json` */
export function serverUrl(name: string, from = "server"): URL {
  return webUrl(`https://${name}/ipa/json`, from);
}

/** The directory to ask first; `undefined` leaves it to DNS. */
export function chooseLdapUrl(options: PlaceOptions, config: IpaConfig): URL | undefined {
  if (options.ldapUrl !== undefined) return ldapUrl(options.ldapUrl, "--ldap-url");
  const name = options.host ?? config.get("server");
  if (name !== undefined) return ldapUrl(`ldap://${name}/`, "server");
  const uri = config.get("ldap_uri");
  if (uri !== undefined) return ldapUrl(uri, "ldap_uri");
  const host = config.get("host");
  return host === undefined ? undefined : ldapUrl(`ldap://${host}/`, "host");
}

function webUrl(text: string, from: string): URL {
  return parseUrl(text, from, /^https:$/, "an https:// URL");
}

function ldapUrl(text: string, from: string): URL {
  return parseUrl(text, from, /^ldap[si]?:$/, "an ldap://, ldaps:// or ldapi:// URL");
}

/**
 * certmonger's own helper answers `unreachable` to a URL that is none; we as well, so that a mistake in the
 * configuration of one server leaves the others (measured on 0.79.17).
 */
function parseUrl(text: string, from: string, protocol: RegExp, kind: string): URL {
  const url = URL.parse(text);
  if (url !== null && protocol.test(url.protocol) && url.host !== "") return url;
  throw new HelperFailure("unreachable", `"${text}" (${from}) is not ${kind}: correct it`);
}
