import { certmonger, managerInterface, requestInterface } from "../../bus/certmonger.ts";
import { asFlag, asText, type BusValue } from "../../bus/values.ts";
import type { Client } from "../client.ts";
import { type Command, commonOptions, type Values, withClient } from "../command.ts";
import { checkKeyfile, checkStorage, findCa, selectionOf, selectsNothing } from "../find.ts";
import {
  caEntries,
  dictionary,
  flagEntry,
  handlingEntries,
  keyEntries,
  listEntry,
  pathEntry,
  storageEntries,
  templateEntries,
  textEntry,
} from "../parameters.ts";
import { defaultRealm } from "../principal.ts";
import { Stop, type Surroundings } from "../terminal.ts";
import { waitIfAsked } from "../wait.ts";

export const request: Command = {
  name: "request",
  summary: "ask a CA for a certificate, and track it from then on",
  options: {
    "Where key and certificate go": ["keyfile", "certfile", "dbdir", "nickname", "token", "pinfile", "pin"],
    "How to handle it": ["requestName", "ca", "profile", "issuer", "keyType", "keySize", "renew", "noRenew"],
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
  },
  run: async (values, surroundings) => {
    checkStorage(values);
    if (selectsNothing(selectionOf(values))) {
      throw new Stop("None of database directory and nickname or certificate file specified.", {
        showHelp: true,
      });
    }
    checkKeyfile(values);
    const defaults = defaultNames(values, surroundings);
    checkIpa(values, defaults !== undefined);
    return await withClient(values, surroundings, async (client) => {
      const nickname = values.text("ca");
      const ca = nickname === undefined ? undefined : await findCa(client, nickname);
      const parameters = dictionary(
        storageEntries(values, { withoutKey: "NONE" }),
        handlingEntries(values),
        caEntries(values),
        flagEntry("TRACK", true),
        flagEntry("RENEW", values.lastOf("renew", "noRenew") !== "noRenew"),
        keyEntries(values),
        textEntry("NICKNAME", values.text("requestName")),
        pathEntry("CA", ca),
        textEntry("template-subject", `CN=${surroundings.hostname}`),
        templateEntries(values),
      );
      const all = new Map([...parameters, ...(defaults ?? [])]);
      const path = await addRequest(client, all, "New signing request could not be added.");
      const name = await client.text(path, requestInterface, "get_nickname");
      surroundings.print(`New signing request "${name ?? path}" added.\n`);
      return await waitIfAsked(client, path, values, surroundings);
    });
  },
};

/** Adds a request; @returns its path @throws {Stop} with `failure` when the daemon says no without an error */
export async function addRequest(
  client: Client,
  parameters: ReadonlyMap<string, BusValue>,
  failure: string,
): Promise<string> {
  const answer = await client.call(certmonger.path, managerInterface, "add_request", "a{sv}", [parameters]);
  const path = asText(answer[1]);
  if (path === undefined) throw new Stop("Error parsing server response.");
  if (!asFlag(answer[0])) throw new Stop(failure);
  return path;
}

const names = ["subject", "extendedKeyUsage", "principal", "dns", "email", "ip"] as const;

/** This host's names, when the command line has none at all. */
function defaultNames(values: Values, { hostname, environment }: Surroundings) {
  if (names.some((key) => values.has(key))) return undefined;
  const realm = defaultRealm(environment);
  return dictionary(
    listEntry("template-principal", realm === undefined ? undefined : [`host/${hostname}@${realm}`]),
    listEntry("template-hostname", [hostname]),
    listEntry("template-eku", ["id-kp-serverAuth"]),
  );
}

/** IPA knows whose certificate it is by the principal. */
function checkIpa(values: Values, hasDefaultNames: boolean): void {
  if (values.text("ca") !== "IPA" || hasDefaultNames || values.has("principal")) return;
  throw new Stop(
    "The IPA backend requires the use of the -K option (principal name) when any of the -N (subject name), " +
      "-E (email address), -A (IP address), -D (DNS name), or -U (extendedKeyUsage) options is used.",
    { showHelp: true },
  );
}
