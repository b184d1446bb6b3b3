import { certmonger, managerInterface, requestInterface } from "../bus/certmonger.ts";
import { connectToBus, connectToPeer } from "../bus/connect.ts";
import type { BusConnection } from "../bus/connection.ts";
import { BusError, ErrorName } from "../bus/error.ts";
import { type Interface, properties } from "../bus/interface.ts";
import {
  asDictionary,
  asFlag,
  asText,
  asTexts,
  type BusDictionary,
  type BusValue,
  Variant,
} from "../bus/values.ts";
import { Stop, type Surroundings } from "./terminal.ts";

export type Bus = "private" | "system" | "session";

/** Where the daemon is to be found when no option says it. */
export function defaultBus({ environment }: Pick<Surroundings, "environment">): Bus {
  return environment.CERTMONGER_PVT_ADDRESS ? "private" : "system";
}

/** The daemon, certmonger's or ours, as getcert sees it. */
export class Client {
  readonly #connection: BusConnection;
  readonly #verbose: boolean;

  private constructor(connection: BusConnection, verbose: boolean) {
    this.#connection = connection;
    this.#verbose = verbose;
  }

  /** @throws {Stop} when there is no bus, or nobody at the private address */
  static async connect(
    bus: Bus,
    environment: Surroundings["environment"],
    verbose: boolean,
  ): Promise<Client> {
    try {
      return new Client(await open(bus, environment), verbose);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      // certmonger's words, and no more of them unless somebody asks: scripts compare them.
      const detail = verbose ? `\n${error.message}` : "";
      throw new Stop(
        `Error connecting to D-Bus.\nPlease verify that the message bus (D-Bus) service is running.${detail}`,
      );
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** For what is not certmonger's interface: signals. */
  get connection(): BusConnection {
    return this.#connection;
  }

  /** Calls a method. @throws {Stop} with the daemon's error, in getcert's words */
  async call(
    path: string,
    of: Interface,
    member: string,
    signature?: string,
    body?: readonly BusValue[],
  ): Promise<readonly BusValue[]> {
    try {
      return await this.#connection.call({
        destination: certmonger.name,
        path,
        interface: of.name,
        member,
        ...(signature !== undefined && { signature, body: body ?? [] }),
      });
    } catch (error) {
      throw error instanceof BusError ? new Stop(explain(error, this.#verbose), { cause: error }) : error;
    }
  }

  /** All properties of an object that are set. */
  async properties(path: string, of: Interface): Promise<BusDictionary> {
    const [values] = await this.call(path, properties, "GetAll", "s", [of.name]);
    return asDictionary(values) ?? new Map();
  }

  async setText(path: string, of: Interface, name: string, value: string): Promise<void> {
    await this.call(path, properties, "Set", "ssv", [of.name, name, new Variant("s", value)]);
  }

  /** The text that a method gives; `undefined` when it gives nothing. */
  async text(path: string, of: Interface, member: string): Promise<string | undefined> {
    return asText((await this.call(path, of, member))[0]);
  }

  async flag(path: string, of: Interface, member: string): Promise<boolean> {
    return asFlag((await this.call(path, of, member))[0]) ?? false;
  }

  /** The paths of all requests. */
  async requests(): Promise<readonly string[]> {
    return await this.#paths("get_requests");
  }

  /** The paths of all CAs. */
  async cas(): Promise<readonly string[]> {
    return await this.#paths("get_known_cas");
  }

  async status(path: string): Promise<{ state: string; isStuck: boolean }> {
    const [state, stuck] = await this.call(path, requestInterface, "get_status");
    const text = asText(state);
    if (text === undefined) throw new Stop("Error parsing server response.");
    return { state: text, isStuck: asFlag(stuck) ?? false };
  }

  async #paths(member: string): Promise<readonly string[]> {
    const [paths] = await this.call(certmonger.path, managerInterface, member);
    return asTexts(paths) ?? [];
  }
}

function open(bus: Bus, environment: Surroundings["environment"]): Promise<BusConnection> {
  switch (bus) {
    case "private":
      return connectToPeer(environment.CERTMONGER_PVT_ADDRESS ?? "");
    case "system":
      return connectToBus(environment.DBUS_SYSTEM_BUS_ADDRESS || "unix:path=/var/run/dbus/system_bus_socket");
    case "session":
      return connectToBus(environment.DBUS_SESSION_BUS_ADDRESS ?? "");
  }
}

const hints: Readonly<Record<string, string>> = {
  [ErrorName.accessDenied]: "Insufficient access.  Please retry operation as root.",
  [ErrorName.nameHasNoOwner]: "Please verify that the certmonger service has been started.",
  [ErrorName.serviceUnknown]: "Please verify that the certmonger service has been started.",
  [ErrorName.noReply]: "Please verify that the certmonger service is still running.",
};

/** certmonger's own errors carry a sentence for a person; of the others some have a hint. (tdbusm.c, cm_tdbusm_hint) */
function explain(error: BusError, verbose: boolean): string {
  const hint = hints[error.name] ?? (error.name.startsWith(certmonger.name) ? error.message : undefined);
  const details =
    error.message === "" || !verbose ? `Error ${error.name}` : `Error ${error.name}: ${error.message}`;
  if (hint === undefined) return details;
  return verbose ? `${hint}\n${details}` : hint;
}
