import { setTimeout as delay } from "node:timers/promises";
import { certmonger, requestInterface } from "../../bus/certmonger.ts";
import { watchSignals } from "../../bus/connect.ts";
import type { Signal } from "../../bus/message.ts";
import { asDictionary, asText } from "../../bus/values.ts";
import type { Client } from "../client.ts";
import { type Command, commonOptions, withClient } from "../command.ts";
import { outlookOf } from "../outlook.ts";
import { type RequestView, readRequests } from "../request-view.ts";
import type { Surroundings } from "../terminal.ts";

/** certmonger does not announce every change: so it is asked this often as well. */
const intervalMs = 500;

export const watch: Command = {
  name: "watch",
  summary: "follow the states of requests, live, until ^C",
  options: { "Which ones": ["id"], ...commonOptions },
  isOurs: true,
  run: async (values, surroundings) =>
    await withClient(values, surroundings, async (client) => {
      const follower = new Follower(values.text("id"), surroundings);
      if (values.bus !== "private") await watchSignals(client.connection, certmonger.name);
      client.connection.onSignal((signal) => follower.hear(signal));
      await follow(client, follower, surroundings);
      return 0;
    }),
};

async function follow(client: Client, follower: Follower, { signal }: Surroundings): Promise<void> {
  while (signal?.aborted !== true) {
    follower.see(await readRequests(client));
    await delay(intervalMs, undefined, signal ? { signal } : undefined).catch(() => {});
  }
}

/** Prints each state of each request once, whoever told of it first. */
class Follower {
  readonly #only: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #known = new Map<string, { id: string; state: string }>();

  constructor(only: string | undefined, surroundings: Surroundings) {
    this.#only = only;
    this.#surroundings = surroundings;
  }

  hear({ path, member, body = [] }: Signal): void {
    const state = asText(asDictionary(body[1])?.get("status"));
    const known = this.#known.get(path);
    if (member !== "PropertiesChanged" || asText(body[0]) !== requestInterface.name) return;
    if (known === undefined || state === undefined || known.state === state) return;
    known.state = state;
    this.#print(known.id, state);
  }

  see(views: readonly RequestView[]): void {
    for (const view of views) {
      if (this.#only !== undefined && view.id !== this.#only) continue;
      const known = this.#known.get(view.path);
      if (known?.state === view.state) continue;
      this.#known.set(view.path, { id: view.id, state: view.state });
      const { needsHelp, next } = outlookOf(view, this.#surroundings.now());
      const why = view.caError === undefined ? "" : `; ${view.caError}`;
      this.#print(view.id, view.state, `${why}${needsHelp ? `; ${next}` : ""}`);
    }
    const there = new Set(views.map(({ path }) => path));
    for (const [path, { id }] of this.#known) {
      if (there.has(path)) continue;
      this.#known.delete(path);
      this.#print(id, "is no longer tracked");
    }
  }

  #print(id: string, state: string, details = ""): void {
    const clock = this.#surroundings.now().toISOString().slice(11, 23);
    const clean = details.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
    this.#surroundings.print(`${clock}  ${id}  ${state}${clean}\n`);
  }
}
