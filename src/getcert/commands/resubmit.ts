import { caInterface, requestInterface } from "../../bus/certmonger.ts";
import { asText } from "../../bus/values.ts";
import type { Client } from "../client.ts";
import { type Command, commonOptions, type Values, withClient } from "../command.ts";
import { checkStorage, findRequest, selectionOf, selectsNothing } from "../find.ts";
import {
  caEntries,
  dictionary,
  handlingEntries,
  keyEntries,
  templateEntries,
  textEntry,
} from "../parameters.ts";
import { Stop, type Surroundings } from "../terminal.ts";
import { waitIfAsked } from "../wait.ts";
import { caEntry, modify } from "./tracking.ts";

const options = {
  "Which request": ["id", "certfile", "dbdir", "nickname", "token", "pinfile", "pin"],
  "What to change first": ["newId", "ca", "profile", "issuer", "keyType", "keySize"],
  "What the certificate shall say": [
    ...(["subject", "dns", "ip", "email", "principal", "keyUsage", "extendedKeyUsage"] as const),
    ...(["msTemplate", "forCa", "notForCa", "caPathLength", "challengeFile", "challenge"] as const),
  ],
  "When it is saved": [
    ...(["before", "after", "caFile", "caDbdir", "keyOwner", "keyPerms", "certOwner"] as const),
    ...(["certPerms", "nssUser"] as const),
  ],
  Then: ["wait", "waitTimeout"],
  ...commonOptions,
} as const;

export const resubmit: Command = {
  name: "resubmit",
  summary: "send a request to its CA again, or renew its certificate now",
  options,
  run: (values, surroundings) => submitAgain("resubmit", values, surroundings),
};

export const rekey: Command = {
  name: "rekey",
  summary: "renew a certificate now, with a new key",
  options,
  run: (values, surroundings) => submitAgain("rekey", values, surroundings),
};

async function submitAgain(
  method: "resubmit" | "rekey",
  values: Values,
  surroundings: Surroundings,
): Promise<number> {
  return await withClient(values, surroundings, async (client) => {
    const found = await findRequest(client, selectionOf(values));
    if (found === undefined) throw notFound(values);
    const path = await change(client, found, values);
    const name = (await client.text(path, requestInterface, "get_nickname")) ?? path;
    const ca = await caName(client, path);
    const target = ca === undefined ? "" : ` to "${ca}"`;
    if (!(await client.flag(path, requestInterface, method))) {
      throw new Stop(`Error attempting to submit "${path}"${target}.`);
    }
    surroundings.print(`Resubmitting "${name}"${target}.\n`);
    return await waitIfAsked(client, path, values, surroundings);
  });
}

function notFound(values: Values): Stop {
  if (values.has("id")) return new Stop("No request found with specified nickname.", { showHelp: true });
  checkStorage(values);
  if (selectsNothing(selectionOf(values))) {
    const text = "None of database directory and nickname or certificate file specified.";
    return new Stop(text, { showHelp: true });
  }
  return new Stop("No request found that matched arguments.");
}

/** @returns the path afterwards */
async function change(client: Client, path: string, values: Values): Promise<string> {
  const parameters = dictionary(
    keyEntries(values),
    textEntry("NICKNAME", values.text("newId")),
    await caEntry(client, values),
    templateEntries(values),
    handlingEntries(values),
    caEntries(values),
  );
  if (parameters.size === 0) return path;
  const changed = await modify(client, path, parameters);
  if (changed.isDone) return changed.path;
  const name = await client.text(changed.path, requestInterface, "get_nickname");
  throw new Stop(`Error modifying "${name ?? changed.path}".`);
}

/** The nickname of the request's CA, if it has one. */
export async function caName(client: Client, path: string): Promise<string | undefined> {
  const ca = asText((await client.call(path, requestInterface, "get_ca"))[0]);
  return ca === undefined ? undefined : await client.text(ca, caInterface, "get_nickname");
}
