import { socketPath } from "../bus/address.ts";
import { certmonger } from "../bus/certmonger.ts";
import { connectToBus, requestName, userOf, watchDepartures } from "../bus/connect.ts";
import type { BusConnection } from "../bus/connection.ts";
import { BusError, ErrorName } from "../bus/error.ts";
import { answerCall, type ObjectTree } from "../bus/objects.ts";
import { listenPrivately } from "../bus/private-socket.ts";
import type { Daemon } from "./interface.ts";
import { signalsOf } from "./service/signals.ts";
import { objectTree } from "./service/tree.ts";

/** The daemon's objects on D-Bus. */
export interface Service {
  /** `unix:path=...`, what clients need in CERTMONGER_PVT_ADDRESS. */
  readonly privateAddress?: string;
  /** Leaves the bus, ends all connections, removes the socket. The daemon itself goes on. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** Listen there, peer to peer: `unix:path=...`, or the path alone. */
  readonly privateSocket?: string;
  readonly bus?: "system" | "session";
  /** One line for the log. */
  readonly log?: (line: string) => void;
  /** Where the addresses of the buses are found. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts a daemon on D-Bus, so that certmonger's getcert can drive it as well as ours. Only the user who runs the
 * daemon may call it, as in certmonger.
 *
 * @throws {BusError} when the socket or the bus is not to be had
 */
export async function startService(daemon: Daemon, options: ServiceOptions): Promise<Service> {
  const uid = process.getuid?.() ?? 0;
  const tree = objectTree(daemon);
  const connections = new Set<BusConnection>();
  const keep = (connection: BusConnection) => {
    connections.add(connection);
    connection.onClose(() => connections.delete(connection));
  };
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    await Promise.all(closers.map((close) => close()));
  };
  try {
    if (options.privateSocket !== undefined) {
      const accept = (connection: BusConnection) => {
        connection.onCall((call) => answerCall(tree, call, { uid }));
        keep(connection);
      };
      const socket = await listenPrivately(socketPath(options.privateSocket), uid, accept);
      closers.push(() => socket.close());
    }
    if (options.bus !== undefined) {
      const connection = await connectToBus(busAddress(options.bus, options.environment ?? process.env));
      closers.push(async () => connection.close());
      await serveBus(connection, tree, uid);
      connection.onClose(() => options.log?.("the connection to the bus is gone"));
      keep(connection);
    }
  } catch (error) {
    // What stays open would keep the process alive.
    await closeAll();
    throw error;
  }
  const unsubscribe = daemon.subscribe((event) => {
    const signals = connections.size === 0 ? [] : signalsOf(daemon, event);
    for (const signal of signals) for (const connection of connections) connection.emit(signal);
  });

  const { privateSocket } = options;
  return {
    ...(privateSocket !== undefined && { privateAddress: `unix:path=${socketPath(privateSocket)}` }),
    close: async () => {
      unsubscribe();
      await closeAll();
    },
  };
}

/** Answers calls over a bus, which knows for each sender which user it is. */
async function serveBus(connection: BusConnection, tree: ObjectTree, uid: number): Promise<void> {
  const users = new Map<string, Promise<number | undefined>>();
  await watchDepartures(connection, (name) => users.delete(name));
  connection.onCall(async (call) => {
    const sender = call.sender ?? "";
    const user = users.get(sender) ?? userOf(connection, sender);
    users.set(sender, user);
    if ((await user) !== uid) {
      throw new BusError(ErrorName.accessDenied, "only the user who runs the daemon may call it");
    }
    return await answerCall(tree, call, { uid });
  });
  await requestName(connection, certmonger.name);
}

function busAddress(
  bus: "system" | "session",
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return bus === "system"
    ? environment.DBUS_SYSTEM_BUS_ADDRESS || "unix:path=/var/run/dbus/system_bus_socket"
    : (environment.DBUS_SESSION_BUS_ADDRESS ?? "");
}
