import { splitCommandLine } from "../../protocol/index.ts";
import { helperEnvironment } from "../process/helper-environment.ts";
import { runCommand } from "../process/run-command.ts";
import type { CaRecord, RequestRecord } from "./fields.ts";
import type { Settings } from "./settings.ts";
import { lookUp } from "./storage/file-access.ts";

/** A command of an administrator around the saving of a certificate. */
export interface Hook {
  readonly command: string;
  /** Of the user who set it; absent: the daemon's own. */
  readonly uid?: string;
}

export type HookTime = "pre" | "post";

/**
 * The hooks to run when something is saved at these locations: those of every request and CA that has one of them,
 * each command and user once.
 *
 * @see certmonger 0.79.21 src/hook.c, collect_hooks
 */
export function collectHooks(
  time: HookTime,
  locations: readonly string[],
  requests: readonly RequestRecord[],
  cas: readonly CaRecord[],
): Hook[] {
  const concerned = new Set(locations);
  const touches = (places: readonly string[]): boolean => places.some((place) => concerned.has(place));
  const found = [
    ...requests
      .filter((record) => touches(locationsOfRequest(record)))
      .map((record) => requestHook(time, record)),
    ...cas.filter((record) => touches(locationsOfCa(record))).map((record) => caHook(time, record)),
  ];
  const distinct = new Map<string, Hook>();
  for (const hook of found) {
    if (hook !== undefined) distinct.set(`${hook.uid ?? ""} ${hook.command}`, hook);
  }
  return [...distinct.values()];
}

/** Every file (`FILE:PATH`) and database (`NSSDB:PATH`) that a request saves certificates to. */
export function locationsOfRequest(record: RequestRecord): string[] {
  const own = record.cert_storage_location;
  return [
    ...(own === undefined ? [] : [`${record.cert_storage_type}:${own}`]),
    ...[record.root_cert_files, record.other_root_cert_files, record.other_cert_files].flatMap(asFiles),
    ...[record.root_cert_dbs, record.other_root_cert_dbs, record.other_cert_dbs].flatMap(asDatabases),
  ];
}

/** The same of a CA. */
export function locationsOfCa(record: CaRecord): string[] {
  return [
    ...[record.ca_root_cert_files, record.ca_other_root_cert_files, record.ca_other_cert_files].flatMap(
      asFiles,
    ),
    ...[record.ca_root_cert_dbs, record.ca_other_root_cert_dbs, record.ca_other_cert_dbs].flatMap(
      asDatabases,
    ),
  ];
}

const asFiles = (paths: readonly string[] = []): string[] => paths.map((path) => `FILE:${path}`);
const asDatabases = (paths: readonly string[] = []): string[] => paths.map((path) => `NSSDB:${path}`);

function requestHook(time: HookTime, record: RequestRecord): Hook | undefined {
  return time === "pre"
    ? makeHook(record.pre_certsave_command, record.pre_certsave_uid)
    : makeHook(record.post_certsave_command, record.post_certsave_uid);
}

function caHook(time: HookTime, record: CaRecord): Hook | undefined {
  return time === "pre"
    ? makeHook(record.ca_pre_save_command, record.ca_pre_save_uid)
    : makeHook(record.ca_post_save_command, record.ca_post_save_uid);
}

function makeHook(command: string | undefined, uid: string | undefined): Hook | undefined {
  return command ? { command, ...(uid && { uid }) } : undefined;
}

/** Runs hooks one after the other, without a shell; what they answer does not matter, as in certmonger. */
export async function runHooks(hooks: readonly Hook[], settings: Settings): Promise<void> {
  for (const hook of hooks) await runHook(hook, settings);
}

async function runHook({ command, uid }: Hook, settings: Settings): Promise<void> {
  try {
    const argv = splitCommandLine(command);
    if (argv.length === 0) return;
    const run = await runCommand({
      argv: [...(await asUser(uid)), ...argv],
      environment: helperEnvironment(settings.environment),
      deadlineMs: settings.hookDeadlineMs,
      signal: settings.abort,
    });
    if (run.status === "not-started") settings.log(0, `hook "${command}": ${run.reason}`);
    else if (run.stoppedBy !== undefined) settings.log(0, `hook "${command}" did not end and was stopped`);
    else {
      const end = run.status === "exited" ? run.exitStatus : run.signal;
      settings.log(end === 0 ? 1 : 0, `hook "${command}" ended: ${end}`);
    }
  } catch (error) {
    settings.log(0, `hook "${command}" was not run: ${error instanceof Error ? error.message : error}`);
  }
}

/** The words before a command that run it as another user. */
async function asUser(uid: string | undefined): Promise<string[]> {
  if (uid === undefined || Number(uid) === process.getuid?.()) return [];
  const [, , number = "", group = ""] = await lookUp("passwd", uid);
  return ["setpriv", `--reuid=${number}`, `--regid=${group}`, "--init-groups", "--"];
}
