import { certmonger, managerInterface, requestInterface } from "../../bus/certmonger.ts";
import { asFlag, asText, type BusValue } from "../../bus/values.ts";
import type { Client } from "../client.ts";
import { type Command, commonOptions, type Values, withClient } from "../command.ts";
import { checkKeyfile, checkStorage, findCa, findRequest, selectionOf, selectsNothing } from "../find.ts";
import {
  caEntries,
  dictionary,
  flagEntry,
  handlingEntries,
  pathEntry,
  storageEntries,
  templateEntries,
  textEntry,
} from "../parameters.ts";
import { Stop, type Surroundings } from "../terminal.ts";
import { waitIfAsked } from "../wait.ts";
import { addRequest } from "./request.ts";

const storage = ["keyfile", "certfile", "dbdir", "nickname", "token"] as const;
const notFound = "No request found with specified nickname.";

export const startTracking: Command = {
  name: "start-tracking",
  summary: "track a certificate that is there already, or change how one is tracked",
  options: {
    "Which certificate": ["id", ...storage, "pinfile", "pin"],
    "How to handle it": ["newId", "ca", "profile", "issuer", "renew", "noRenew"],
    "What its successor shall say": [
      ...(["dns", "ip", "email", "principal", "keyUsage", "extendedKeyUsage", "msTemplate"] as const),
      ...(["forCa", "notForCa", "caPathLength", "challengeFile", "challenge"] as const),
    ],
    "When it is saved": [
      ...(["before", "after", "caFile", "caDbdir", "keyOwner", "keyPerms", "certOwner"] as const),
      ...(["certPerms", "nssUser"] as const),
    ],
    Then: ["wait", "waitTimeout"],
    ...commonOptions,
  },
  run: async (values, surroundings) => {
    checkSelection(values);
    return await withClient(values, surroundings, async (client) => {
      const path = await findRequest(client, selectionOf(values));
      if (path !== undefined) return await change(client, path, values, surroundings);
      if (values.has("id")) throw new Stop(notFound, { showHelp: true });
      return await add(client, values, surroundings);
    });
  },
};

export const stopTracking: Command = {
  name: "stop-tracking",
  summary: "forget a certificate; its files stay",
  options: { "Which certificate": ["id", ...storage], ...commonOptions },
  run: async (values, surroundings) => {
    checkSelection(values);
    return await withClient(values, surroundings, async (client) => {
      const path = await findRequest(client, selectionOf(values));
      if (path === undefined) throw new Stop("No request found that matched arguments.");
      const name = (await client.text(path, requestInterface, "get_nickname")) ?? path;
      const [done] = await client.call(certmonger.path, managerInterface, "remove_request", "o", [path]);
      if (!asFlag(done)) throw new Stop(`Request "${name}" could not be removed.`);
      surroundings.print(`Request "${name}" removed.\n`);
      return 0;
    });
  },
};

/** @throws {Stop} */
function checkSelection(values: Values): void {
  checkStorage(values);
  if (selectsNothing(selectionOf(values))) {
    throw new Stop("None of ID or database directory and nickname or certificate file specified.", {
      showHelp: true,
    });
  }
  checkKeyfile(values);
}

async function add(client: Client, values: Values, surroundings: Surroundings): Promise<number> {
  const parameters = dictionary(
    textEntry("NICKNAME", values.text("newId")),
    storageEntries(values, { withoutKey: undefined }),
    handlingEntries(values),
    caEntries(values),
    flagEntry("TRACK", true),
    flagEntry("RENEW", !values.has("noRenew")),
    templateEntries(values),
    await caEntry(client, values),
  );
  const path = await addRequest(client, parameters, "New tracking request could not be added.");
  const name = await client.text(path, requestInterface, "get_nickname");
  surroundings.print(`New tracking request "${name ?? path}" added.\n`);
  return await waitIfAsked(client, path, values, surroundings);
}

async function change(
  client: Client,
  path: string,
  values: Values,
  { print }: Surroundings,
): Promise<number> {
  const renewal = values.has("renew") || values.has("noRenew");
  const parameters = dictionary(
    flagEntry("TRACK", true),
    flagEntry("RENEW", renewal ? values.has("renew") : undefined),
    templateEntries(values),
    textEntry("NICKNAME", values.text("newId")),
    handlingEntries(values),
    await caEntry(client, values),
    caEntries(values),
  );
  const changed = await modify(client, path, parameters);
  const name = (await client.text(changed.path, requestInterface, "get_nickname")) ?? changed.path;
  if (!changed.isDone) throw new Stop(`Request "${name}" could not be modified.`);
  print(`Request "${name}" modified.\n`);
  return 0;
}

/** Changes a request, whose path may be another one afterwards. */
export async function modify(
  client: Client,
  path: string,
  parameters: ReadonlyMap<string, BusValue>,
): Promise<{ isDone: boolean; path: string }> {
  const [done, changed] = await client.call(path, requestInterface, "modify", "a{sv}", [parameters]);
  return { isDone: asFlag(done) ?? false, path: asText(changed) ?? path };
}

/** The wanted CA as an entry. @throws {Stop} when there is no such CA */
export async function caEntry(client: Client, values: Values) {
  const nickname = values.text("ca");
  return pathEntry("CA", nickname === undefined ? undefined : await findCa(client, nickname));
}
