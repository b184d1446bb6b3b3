import type { CaView } from "./ca-view.ts";
import type { RequestView, StorageView } from "./request-view.ts";
import { timeText } from "./time.ts";

/** One request exactly as certmonger's `getcert list` shows it. */
export function renderRequest(view: RequestView, { utc }: { utc: boolean }): string {
  const time = (value: Date | undefined) => (value === undefined ? "unknown" : timeText(value, { utc }));
  const { key } = view;
  const pin = `${key.hasPin ? ",pin set" : ""}${key.pinFile === undefined ? "" : `,pinfile='${key.pinFile}'`}`;
  return block(`Request ID '${view.id}':`, [
    `status: ${view.state}`,
    when("ca-error: ", view.caError),
    `stuck: ${yesNo(view.isStuck)}`,
    `key pair storage: ${storageText(key)}${pin}`,
    `certificate: ${storageText(view.certificate)}`,
    when("CA: ", view.ca),
    `issuer: ${view.issuer}`,
    `subject: ${view.subject}`,
    `issued: ${time(view.notBefore)}`,
    `expires: ${time(view.notAfter)}`,
    when("email: ", view.emails.join(",")),
    when("dns: ", view.hostnames.join(",")),
    when("principal name: ", view.principals.join(",")),
    when("key usage: ", view.keyUsages.join(",")),
    when("eku: ", view.extendedKeyUsages.join(",")),
    when("certificate template/profile: ", view.certificateProfile),
    when("profile: ", view.profile),
    when("ms v2 template: ", view.msTemplate),
    when("issuer template: ", view.issuerTemplate),
    `pre-save command: ${view.preSave}`,
    `post-save command: ${view.postSave}`,
    `track: ${yesNo(view.isTracked)}`,
    `auto-renew: ${yesNo(view.isRenewed)}`,
  ]);
}

/** One CA exactly as certmonger's `getcert list-cas` shows it. */
export function renderCa(view: CaView, { verbose }: { verbose: boolean }): string {
  return block(`CA '${view.nickname}':`, [
    verbose ? when("self-identifies as: ", view.identity) : "",
    `is-default: ${yesNo(view.isDefault)}`,
    `ca-type: ${view.type}`,
    view.type === "EXTERNAL" ? `helper-location: ${view.helper}` : `next-serial-number: ${view.serial}`,
    view.issuers.length === 0 ? "" : ["known-issuer-names:", ...view.issuers].join("\n\t\t"),
    when("default profile/template/certtype: ", view.defaultProfile),
    when("pre-save command: ", view.preSave),
    when("post-save command: ", view.postSave),
    verbose ? when("config-path: ", view.configuration) : "",
  ]);
}

function block(title: string, lines: readonly string[]): string {
  return [title, ...lines.filter((line) => line !== "").map((line) => `\t${line}`), ""].join("\n");
}

function storageText({ type, location, nickname, token }: StorageView): string {
  return [
    `type=${type}`,
    ...(location === undefined ? [] : [`location='${location}'`]),
    ...(nickname === undefined ? [] : [`nickname='${nickname}'`]),
    ...(token === undefined ? [] : [`token='${token}'`]),
  ].join(",");
}

const when = (label: string, value: string | undefined): string => (value ? label + value : "");

const yesNo = (value: boolean): string => (value ? "yes" : "no");
