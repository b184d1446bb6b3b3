import { readCas } from "../ca-view.ts";
import type { Client } from "../client.ts";
import { type Command, commonOptions, type Values, withClient } from "../command.ts";
import { bareDirectory, findCa, findRequest, selectionOf } from "../find.ts";
import { outlookOf } from "../outlook.ts";
import { daemonTime, nextTimes } from "../own-daemon.ts";
import { renderCa, renderRequest } from "../render.ts";
import { isWatched, type RequestView, readRequests } from "../request-view.ts";
import { type Row, renderTable } from "../table.ts";
import { Stop, type Surroundings } from "../terminal.ts";

export const list: Command = {
  name: "list",
  summary: "show requests and tracked certificates",
  options: {
    "Which ones": [
      // -t is --tracking-only here: it stands before --token, which has no letter then.
      ...(["requestsOnly", "trackingOnly", "id", "certfile", "dbdir", "nickname", "token", "ca"] as const),
    ],
    How: ["utc", "json", "plain"],
    ...commonOptions,
  },
  run: async (values, surroundings) =>
    await withClient(values, surroundings, async (client) => {
      const ca = values.text("ca");
      if (ca !== undefined) await findCa(client, ca);
      await checkFound(client, values);
      const all = await readRequests(client);
      const chosen = all.filter((view) => isChosen(view, values));
      if (values.has("json") || asksForTable(values, surroundings)) {
        const now = await daemonTime(client, surroundings);
        const rows = await withOutlook(client, chosen, now);
        surroundings.print(
          values.has("json")
            ? `${JSON.stringify(rows.map(toJson), undefined, 2)}\n`
            : renderTable(rows, now, surroundings.columns),
        );
        return 0;
      }
      surroundings.print(`Number of certificates and requests being tracked: ${all.length}.\n`);
      for (const view of chosen) surroundings.print(renderRequest(view, { utc: values.has("utc") }));
      return 0;
    }),
};

export const listCas: Command = {
  name: "list-cas",
  summary: "show the CAs",
  options: { "Which ones": ["ca"], How: ["json"], ...commonOptions },
  run: async (values, surroundings) =>
    await withClient(values, surroundings, async (client) => {
      const only = values.text("ca");
      const views = (await readCas(client)).filter(({ nickname }) => only === undefined || nickname === only);
      if (values.has("json")) {
        surroundings.print(`${JSON.stringify(views, undefined, 2)}\n`);
        return 0;
      }
      for (const view of views) surroundings.print(renderCa(view, { verbose: values.isVerbose }));
      return 0;
    }),
};

/** @throws {Stop} when a request is named that is not there */
async function checkFound(client: Client, values: Values): Promise<void> {
  const { token: _, ...selection } = selectionOf(values);
  const isComplete = selection.certfile ?? (selection.dbdir && selection.nickname);
  if (selection.id === undefined && isComplete === undefined) return;
  if ((await findRequest(client, selection)) !== undefined) return;
  throw new Stop(
    selection.id === undefined
      ? "No request found that matched arguments."
      : "No request found with specified nickname.",
  );
}

function isChosen(view: RequestView, values: Values): boolean {
  const { id, dbdir, nickname, certfile } = selectionOf(values);
  const { certificate } = view;
  const inDatabase = certificate.type === "NSSDB";
  return (
    (values.text("ca") ?? view.ca) === view.ca &&
    !(values.has("requestsOnly") && isWatched(view)) &&
    !(values.has("trackingOnly") && !isWatched(view)) &&
    (id ?? view.id) === view.id &&
    (dbdir === undefined ||
      (inDatabase && bareDirectory(certificate.location ?? "") === bareDirectory(dbdir))) &&
    (nickname === undefined || (inDatabase && certificate.nickname === nickname)) &&
    (certfile === undefined || (certificate.type === "FILE" && certificate.location === certfile))
  );
}

/** A person at a terminal who did not ask for one request. */
function asksForTable(values: Values, { isTerminal }: Surroundings): boolean {
  const { id, certfile, nickname } = selectionOf(values);
  return isTerminal && !values.has("plain") && (id ?? certfile ?? nickname) === undefined;
}

/** Adds to each request what comes next. */
async function withOutlook(
  client: Client,
  views: readonly RequestView[],
  now: Date,
): Promise<(Row & { readonly at?: Date })[]> {
  const times = await nextTimes(client);
  return views.map((view) => {
    const at = times.get(view.path);
    return { view, outlook: outlookOf(view, now, at), ...(at !== undefined && { at }) };
  });
}

function toJson({ view, outlook, at }: Row & { readonly at?: Date }) {
  const { path: _, ...facts } = view;
  return {
    ...facts,
    needsHelp: outlook.needsHelp,
    next: outlook.next,
    ...(at !== undefined && { nextAt: at }),
  };
}
