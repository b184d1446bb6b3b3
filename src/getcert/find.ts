import { caInterface, requestInterface } from "../bus/certmonger.ts";
import { asText } from "../bus/values.ts";
import type { Client } from "./client.ts";
import type { Values } from "./command.ts";
import { inTurns } from "./in-turns.ts";
import { Stop } from "./terminal.ts";

/** What of a command line picks one request. */
export interface Selection {
  readonly id?: string | undefined;
  readonly dbdir?: string | undefined;
  readonly nickname?: string | undefined;
  readonly token?: string | undefined;
  readonly certfile?: string | undefined;
}

export function selectionOf(values: Values): Selection {
  return {
    id: values.text("id"),
    dbdir: values.text("dbdir"),
    nickname: values.text("nickname"),
    token: values.text("token"),
    certfile: values.text("certfile"),
  };
}

/** The path of the CA with this nickname, in any letter case as in certmonger. @throws {Stop} */
export async function findCa(client: Client, nickname: string): Promise<string> {
  const path = await lastNamed(client, await client.cas(), caInterface, nickname);
  if (path === undefined) throw new Stop(`No CA with name "${nickname}" found.`);
  return path;
}

/** The path of the selected request, if there is one and no other like it. */
export async function findRequest(client: Client, selection: Selection): Promise<string | undefined> {
  const requests = await client.requests();
  if (selection.id !== undefined) return await lastNamed(client, requests, requestInterface, selection.id);
  const storages = await inTurns(requests, (path) => storageOf(client, path));
  const found = requests.filter((_, index) => {
    const storage = storages[index];
    return storage !== undefined && isSelected(selection, storage);
  });
  return found.length === 1 ? found[0] : undefined;
}

interface Storage {
  readonly type: string;
  readonly location: string;
  readonly nickname: string | undefined;
  readonly token: string | undefined;
}

/** Where the certificate of a request is. */
export async function storageOf(client: Client, path: string): Promise<Storage> {
  const [type, location, nickname, token] = await client.call(
    path,
    requestInterface,
    "get_cert_storage_info",
  );
  return {
    type: asText(type) ?? "",
    location: asText(location) ?? "",
    nickname: asText(nickname),
    token: asText(token),
  };
}

/** Whether the storage is the wanted one; a selection without storage picks nothing. */
function isSelected(wanted: Selection, { type, location, nickname, token }: Storage): boolean {
  if (type !== "NSSDB") return wanted.certfile !== undefined && wanted.certfile === location;
  return (
    wanted.dbdir !== undefined &&
    bareDirectory(wanted.dbdir) === bareDirectory(location) &&
    wanted.nickname !== undefined &&
    wanted.nickname === nickname &&
    (wanted.token === undefined || wanted.token === token)
  );
}

/** `sql:/dir` and `/dir` are one database; certmonger's getcert finds it only under the name it was given by. */
export function bareDirectory(database: string): string {
  return database.replace(/^sql:/, "");
}

async function lastNamed(
  client: Client,
  paths: readonly string[],
  of: typeof caInterface,
  nickname: string,
): Promise<string | undefined> {
  const names = await inTurns(paths, (path) => client.text(path, of, "get_nickname"));
  return paths[names.findLastIndex((name) => name?.toLowerCase() === nickname.toLowerCase())];
}

const incomplete = "Database location or nickname specified without the other.";
const both = "Database directory and certificate file both specified.";

/** @throws {Stop} when a command line names a storage by halves or twice, or its key and certificate alike */
export function checkStorage(values: Values): void {
  const { dbdir, nickname, certfile } = selectionOf(values);
  if ((dbdir === undefined) !== (nickname === undefined)) throw new Stop(incomplete, { showHelp: true });
  if (dbdir !== undefined && certfile !== undefined) throw new Stop(both, { showHelp: true });
}

/** @throws {Stop} */
export function checkKeyfile(values: Values): void {
  const certfile = values.text("certfile");
  if (certfile !== undefined && certfile === values.text("keyfile")) {
    throw new Stop("Key and certificate can not both be saved to the same file.", { showHelp: true });
  }
}

/** Nothing names a request: neither nickname nor storage. */
export function selectsNothing({ id, dbdir, nickname, certfile }: Selection): boolean {
  return [id, dbdir, nickname, certfile].every((part) => part === undefined);
}
