import { caInterface, certmonger, managerInterface } from "../../bus/certmonger.ts";
import { asFlag, asText } from "../../bus/values.ts";
import { type Command, commonOptions, type Values, withClient } from "../command.ts";
import { findCa } from "../find.ts";
import { Stop } from "../terminal.ts";

export const addCa: Command = {
  name: "add-ca",
  summary: "make a CA known, with the helper that talks to it",
  options: { "The CA": ["ca", "command"], ...commonOptions },
  run: async (values, surroundings) => {
    const nickname = needCa(values);
    const command = needCommand(values);
    return await withClient(values, surroundings, async (client) => {
      const answer = await client.call(certmonger.path, managerInterface, "add_known_ca", "ssas", [
        ...[nickname, command, []],
      ]);
      const path = asText(answer[1]);
      if (!asFlag(answer[0]) || path === undefined) throw new Stop("New CA could not be added.");
      const name = (await client.text(path, caInterface, "get_nickname")) ?? path;
      surroundings.print(`New CA "${name}" added.\n`);
      return 0;
    });
  },
};

export const modifyCa: Command = {
  name: "modify-ca",
  summary: "give a CA another helper command",
  options: { "The CA": ["ca", "command"], ...commonOptions },
  run: async (values, surroundings) => {
    const nickname = needCa(values);
    const command = needCommand(values);
    return await withClient(values, surroundings, async (client) => {
      const path = await findCa(client, nickname);
      await client.setText(path, caInterface, "external-helper", command);
      const name = (await client.text(path, caInterface, "get_nickname")) ?? nickname;
      surroundings.print(`CA "${name}" modified.\n`);
      return 0;
    });
  },
};

export const removeCa: Command = {
  name: "remove-ca",
  summary: "forget a CA",
  options: { "The CA": ["ca"], ...commonOptions },
  run: async (values, surroundings) => {
    const nickname = needCa(values);
    return await withClient(values, surroundings, async (client) => {
      const path = await findCa(client, nickname);
      const [done] = await client.call(certmonger.path, managerInterface, "remove_known_ca", "o", [path]);
      if (!asFlag(done)) throw new Stop("CA could not be removed.");
      surroundings.print(`CA "${nickname}" removed.\n`);
      return 0;
    });
  },
};

export const refreshCa: Command = {
  name: "refresh-ca",
  summary: "ask the helper of a CA anew for what it knows of the CA",
  options: { "The CA": ["ca", "all"], ...commonOptions },
  run: async (values, surroundings) => {
    const only = values.lastOf("ca", "all") === "all" ? undefined : values.text("ca");
    if (only === undefined && !values.has("all")) {
      throw new Stop("Neither CA nickname nor -a flag specified.", { showHelp: true });
    }
    return await withClient(values, surroundings, async (client) => {
      for (const path of await client.cas()) {
        const name = await client.text(path, caInterface, "get_nickname");
        if (only !== undefined && name !== undefined && name !== only) continue;
        const about = name === undefined ? "unnamed CA" : `CA '${name}'`;
        const done = await client.flag(path, caInterface, "refresh");
        surroundings.print(done ? `Data for ${about} being refreshed.\n` : "\terror refreshing CA data\n");
      }
      return 0;
    });
  },
};

function needCa(values: Values): string {
  const nickname = values.text("ca");
  if (nickname === undefined) throw new Stop("CA nickname not specified.", { showHelp: true });
  return nickname;
}

function needCommand(values: Values): string {
  const command = values.text("command");
  if (command === undefined) throw new Stop("CA helper command not specified.", { showHelp: true });
  return command;
}
