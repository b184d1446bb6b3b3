import { caInterface, requestInterface } from "../bus/certmonger.ts";
import { asFlag, asNumber, asText, asTexts, type BusDictionary } from "../bus/values.ts";
import type { Client } from "./client.ts";
import { inTurns } from "./in-turns.ts";
import { keyUsageNames, nameOfOid } from "./usages.ts";

/** Where a key or a certificate is kept. */
export interface StorageView {
  /** `FILE`, `NSSDB` or `NONE`. */
  readonly type: string;
  readonly location?: string;
  readonly nickname?: string;
  readonly token?: string;
}

/** A request as lists show it. */
export interface RequestView {
  readonly path: string;
  readonly id: string;
  readonly state: string;
  readonly isStuck: boolean;
  readonly caError?: string;
  readonly ca?: string;
  readonly key: StorageView & { readonly hasPin: boolean; readonly pinFile?: string };
  readonly certificate: StorageView;
  readonly issuer: string;
  readonly subject: string;
  readonly serial?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly emails: readonly string[];
  readonly hostnames: readonly string[];
  readonly principals: readonly string[];
  readonly keyUsages: readonly string[];
  readonly extendedKeyUsages: readonly string[];
  /** The profile that the certificate names, and the one that was asked for. */
  readonly certificateProfile?: string;
  readonly profile?: string;
  readonly msTemplate?: string;
  readonly issuerTemplate?: string;
  readonly preSave: string;
  readonly postSave: string;
  readonly isTracked: boolean;
  readonly isRenewed: boolean;
}

/** Reads all requests, in the daemon's order. */
export async function readRequests(client: Client): Promise<RequestView[]> {
  const [paths, cas] = await Promise.all([client.requests(), caNames(client)]);
  return await inTurns(paths, (path) => readRequest(client, path, cas));
}

async function caNames(client: Client): Promise<ReadonlyMap<string, string>> {
  const paths = await client.cas();
  const names = await inTurns(paths, (path) => client.text(path, caInterface, "get_nickname"));
  return new Map(paths.map((path, index) => [path, names[index] ?? ""]));
}

async function readRequest(
  client: Client,
  path: string,
  cas: ReadonlyMap<string, string>,
): Promise<RequestView> {
  const [values, [caPath]] = await Promise.all([
    client.properties(path, requestInterface),
    // The property `ca` of certmonger 0.79 has a wrong path in it; the method has the right one.
    client.call(path, requestInterface, "get_ca"),
  ]);
  return toView(path, values, cas.get(asText(caPath) ?? ""));
}

function toView(path: string, values: BusDictionary, ca: string | undefined): RequestView {
  const text = (name: string) => asText(values.get(name)) ?? "";
  const texts = (name: string) => asTexts(values.get(name)) ?? [];
  const flag = (name: string) => asFlag(values.get(name)) ?? false;
  const optional = <K extends string>(key: K, value: string | undefined) =>
    (value ? { [key]: value } : {}) as { readonly [Key in K]?: string };
  const time = <K extends string>(key: K, name: string) => {
    const seconds = asNumber(values.get(name)) ?? 0;
    return (seconds === 0 ? {} : { [key]: new Date(seconds * 1000) }) as { readonly [Key in K]?: Date };
  };
  const storage = (part: "key" | "cert"): StorageView => ({
    type: text(`${part}-storage`) || "NONE",
    ...optional("location", text(`${part}-file`) || text(`${part}-database`)),
    ...optional("nickname", text(`${part}-nickname`)),
    ...optional("token", text(`${part}-token`)),
  });
  return {
    path,
    id: text("nickname"),
    state: text("status"),
    isStuck: flag("stuck"),
    ...optional("caError", text("ca-error")),
    ...optional("ca", ca),
    key: { ...storage("key"), hasPin: text("key-pin") !== "", ...optional("pinFile", text("key-pin-file")) },
    certificate: storage("cert"),
    issuer: text("issuer"),
    subject: text("subject"),
    ...optional("serial", text("serial")),
    ...time("notBefore", "not-valid-before"),
    ...time("notAfter", "not-valid-after"),
    emails: texts("email"),
    hostnames: texts("hostname"),
    principals: texts("principal"),
    keyUsages: keyUsageNames(text("ku")),
    extendedKeyUsages: texts("eku").map(nameOfOid),
    ...optional("certificateProfile", text("ca-profile")),
    ...optional("profile", text("template-profile")),
    ...optional("msTemplate", text("template-ms-certificate-template")),
    ...optional("issuerTemplate", text("template-issuer")),
    preSave: text("cert-presave-command"),
    postSave: text("cert-postsave-command"),
    isTracked: flag("monitoring"),
    isRenewed: flag("autorenew"),
  };
}

/** There is a certificate and it is watched; otherwise the request is under way. (getcert.c, list) */
export function isWatched({ state }: Pick<RequestView, "state">): boolean {
  return state === "MONITORING" || state.includes("NOTIFY");
}
