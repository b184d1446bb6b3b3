import { requestInterface } from "../../bus/certmonger.ts";
import { type Command, commonOptions, withClient } from "../command.ts";
import { bareDirectory, findRequest, selectionOf, storageOf } from "../find.ts";
import { Stop } from "../terminal.ts";
import { codeOf, stateLine } from "../wait.ts";
import { caName } from "./resubmit.ts";

const selectors = ["id", "certfile", "dbdir", "nickname", "token"] as const;

export const status: Command = {
  name: "status",
  summary: "tell by the exit code how a request stands",
  options: { "Which request": selectors, ...commonOptions },
  run: async (values, surroundings) =>
    await withClient(values, surroundings, async (client) => {
      const selection = selectionOf(values);
      const path = await findRequest(client, selection);
      if (path === undefined) {
        if (selection.id !== undefined) throw new Stop("No request found with specified nickname.");
        const isComplete = selection.certfile ?? (selection.dbdir && selection.nickname);
        if (isComplete !== undefined) throw new Stop("No request found that matched arguments.");
        throw new Stop(
          // "and and" is certmonger's.
          "None of ID or database directory and and nickname or certificate file specified.",
          { showHelp: true },
        );
      }
      const { state, isStuck } = await client.status(path);
      if (values.isVerbose) surroundings.print(stateLine(state, isStuck));
      return codeOf(state, isStuck);
    }),
};

export const refresh: Command = {
  name: "refresh",
  summary: "ask the CA now about a request that waits for it",
  options: { "Which request": [...selectors, "ca", "all"], ...commonOptions },
  run: async (values, surroundings) => {
    const selection = selectionOf(values);
    const isAll = values.lastOf("all", ...selectors) === "all";
    const isComplete = selection.id ?? selection.certfile ?? (selection.dbdir && selection.nickname);
    if (!isAll && isComplete === undefined) {
      throw new Stop("None of ID or database directory and nickname or certificate file specified.", {
        showHelp: true,
      });
    }
    return await withClient(values, surroundings, async (client) => {
      for (const path of await client.requests()) {
        const ca = values.text("ca");
        if (ca !== undefined && (await caName(client, path)) !== ca) continue;
        const name = await client.text(path, requestInterface, "get_nickname");
        if (!isAll && selection.id !== undefined && name !== selection.id) continue;
        const { type, location, nickname } = await storageOf(client, path);
        const { certfile, dbdir } = selection;
        if (!isAll && certfile !== undefined && !(type === "FILE" && location === certfile)) continue;
        if (!isAll && dbdir !== undefined) {
          const isThere = type === "NSSDB" && bareDirectory(location) === bareDirectory(dbdir);
          if (!isThere || (selection.nickname ?? nickname) !== nickname) continue;
        }
        const { state } = await client.status(path);
        if (state !== "CA_WORKING" && state !== "CA_UNREACHABLE") continue;
        const done = await client.flag(path, requestInterface, "refresh");
        surroundings.print(`Request ID '${name}' ${done ? "" : "NOT "}being refreshed.\n`);
      }
      return 0;
    });
  },
};
