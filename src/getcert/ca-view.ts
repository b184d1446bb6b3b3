import { caInterface } from "../bus/certmonger.ts";
import { asText, asTexts } from "../bus/values.ts";
import type { Client } from "./client.ts";
import { inTurns } from "./in-turns.ts";

/** A CA as lists show it. */
export interface CaView {
  readonly nickname: string;
  /** What its helper says it is. */
  readonly identity: string;
  readonly isDefault: boolean;
  /** `EXTERNAL`, or `INTERNAL:SELF` for the CA inside of the daemon. */
  readonly type: string;
  readonly helper: string;
  /** Of an internal CA: the next serial number, hexadecimal. */
  readonly serial: string;
  readonly issuers: readonly string[];
  readonly defaultProfile: string;
  readonly preSave: string;
  readonly postSave: string;
  /** The file that keeps it. */
  readonly configuration: string;
}

/** Reads all CAs, in the daemon's order. */
export async function readCas(client: Client): Promise<CaView[]> {
  return await inTurns(await client.cas(), (path) => readCa(client, path));
}

async function readCa(client: Client, path: string): Promise<CaView> {
  const text = (member: string) => client.text(path, caInterface, member);
  const [values, nickname, isDefault, type, helper, serial, [issuers], configuration] = await Promise.all([
    client.properties(path, caInterface),
    text("get_nickname"),
    client.flag(path, caInterface, "get_is_default"),
    text("get_type"),
    text("get_location"),
    text("get_serial"),
    client.call(path, caInterface, "get_issuer_names"),
    text("get_config_file_path"),
  ]);
  return {
    nickname: nickname ?? "",
    identity: asText(values.get("aka")) ?? "",
    isDefault,
    type: type ?? "",
    helper: helper ?? "",
    serial: serial ?? "",
    issuers: asTexts(issuers) ?? [],
    defaultProfile: asText(values.get("default-profile")) ?? "",
    preSave: asText(values.get("ca-presave-command")) ?? "",
    postSave: asText(values.get("ca-postsave-command")) ?? "",
    configuration: configuration ?? "",
  };
}
