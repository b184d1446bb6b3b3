import { splitCommandLine } from "../../protocol/index.ts";
import { helperEnvironment } from "../process/helper-environment.ts";
import { runCommand } from "../process/run-command.ts";
import type { RequestRecord } from "./fields.ts";
import type { Settings } from "./settings.ts";
import type { RequestState } from "./states.ts";

/** What the administrator is told of, by the names that a notification command gets. */
export type NotificationType =
  | "validity_ending"
  | "rejected"
  | "issued_not_saved"
  | "issued_and_saved"
  | "issued_ca_not_saved"
  | "ca_not_saved";

const typeOfState: Readonly<Partial<Record<RequestState, NotificationType>>> = {
  NOTIFYING_VALIDITY: "validity_ending",
  NOTIFYING_REJECTION: "rejected",
  NOTIFYING_ISSUED_SAVE_FAILED: "issued_not_saved",
  NOTIFYING_ISSUED_SAVED: "issued_and_saved",
  NOTIFYING_ISSUED_CA_SAVE_FAILED: "issued_ca_not_saved",
  NOTIFYING_ONLY_CA_SAVE_FAILED: "ca_not_saved",
};

/** @see certmonger 0.79.21 src/notify.c, cm_notify_main */
export function notificationText(type: NotificationType, record: RequestRecord, now: Date): string {
  const place = placeOf(record);
  switch (type) {
    case "validity_ending":
      return validityText(place, record, now);
    case "rejected":
      return `Request for certificate to be ${place.wish} rejected by CA.`;
    case "issued_not_saved":
      return `Certificate ${place.name} issued by CA but not saved.`;
    case "issued_and_saved":
      return `Certificate ${place.name} issued by CA and saved.`;
    case "issued_ca_not_saved":
      return `Certificate ${place.name} issued by CA and saved, but the CA certificate was not saved.`;
    case "ca_not_saved":
      return `CA certificate for certificate ${place.name} (CA "${record.ca_name ?? ""}") not saved.`;
  }
}

function validityText(place: Place, record: RequestRecord, now: Date): string {
  const end = record.cert_not_after ?? now;
  if (end <= now) return `Certificate ${place.name} is no longer valid.`;
  return place.hasToken
    ? `Certificate ${place.name} will not be valid after ${localTime(end)}.`
    : `Certificate ${place.name} will expire at ${localTime(end)}.`;
}

interface Place {
  readonly name: string;
  readonly wish: string;
  readonly hasToken: boolean;
}

function placeOf(record: RequestRecord): Place {
  const location = record.cert_storage_location ?? "";
  if (record.cert_storage_type !== "NSSDB") {
    return { name: `in file "${location}"`, wish: `stored in file "${location}"`, hasToken: true };
  }
  const token = record.cert_token ? ` in token "${record.cert_token}"` : "";
  const name = `named "${record.cert_nickname ?? ""}"${token} in database "${location}"`;
  return { name, wish: name, hasToken: token !== "" };
}

/** `2026-11-23 10:10:30 UTC`, in the zone of the daemon. */
function localTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const zone = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" })
    .formatToParts(time)
    .find(({ type }) => type === "timeZoneName")?.value;
  return `${date} ${clock} ${zone ?? ""}`.trim();
}

/** Tells the administrator, in the way that certmonger.conf says. What goes wrong is logged, no more. */
export async function notify(state: RequestState, record: RequestRecord, settings: Settings): Promise<void> {
  const type = typeOfState[state];
  if (type === undefined) return;
  const text = notificationText(type, record, settings.clock.now());
  const { notificationMethod, notificationDestination } = settings.configuration;
  settings.log(1, text);
  switch (notificationMethod) {
    case "none":
      return;
    case "stdout":
      process.stdout.write(`${text}\n`);
      return;
    case "syslog":
      return await run(
        ["logger", "-t", "certmonger", "-p", priorityOf(notificationDestination), "--", text],
        {},
        settings,
      );
    case "email":
      return await run(["mail", "-s", text, notificationDestination], {}, settings);
    case "command":
      return await run(
        splitCommandLine(notificationDestination),
        {
          CERTMONGER_NOTIFICATION: text,
          CERTMONGER_NOTIFICATION_TYPE: type,
          CERTMONGER_NOTIFICATION_CERT_NICKNAME: record.id.replace(/[^A-Za-z0-9_.,:+@/-]/g, "\\$&"),
        },
        settings,
      );
  }
}

const facilities = /^(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])$/;
const levels = /^(emerg|alert|crit|err|error|warning|warn|notice|info|debug)$/;

/** `daemon.notice`, however its parts are separated; parts that are no such name leave `user` and `notice`. */
export function priorityOf(destination: string): string {
  const words = destination.toLowerCase().split(/[.,:/|\s]+/);
  const facility = words.find((word) => facilities.test(word)) ?? "user";
  return `${facility}.${words.find((word) => levels.test(word)) ?? "notice"}`;
}

async function run(
  argv: readonly string[],
  variables: Readonly<Record<string, string>>,
  settings: Settings,
): Promise<void> {
  try {
    const ended = await runCommand({
      argv,
      environment: { ...helperEnvironment(settings.environment), ...variables },
      deadlineMs: settings.hookDeadlineMs,
      signal: settings.abort,
    });
    if (ended.status === "not-started") settings.log(0, `notification: ${ended.reason}`);
  } catch (error) {
    settings.log(0, `notification: ${error instanceof Error ? error.message : error}`);
  }
}
