import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { socketPath } from "./address.ts";
import { BusConnection } from "./connection.ts";
import { BusError, ErrorName } from "./error.ts";
import { asNumber, asText } from "./values.ts";

const bus = { name: "org.freedesktop.DBus", path: "/org/freedesktop/DBus" } as const;

/**
 * Connects to a peer that listens on a private socket; there is no bus between the two.
 *
 * @throws {BusError} `NoServer` when nobody listens there or does not let us in
 */
export async function connectToPeer(address: string): Promise<BusConnection> {
  return await BusConnection.client(await openSocket(socketPath(address)));
}

/** Connects to a bus and introduces itself there. @throws {BusError} `NoServer` */
export async function connectToBus(address: string): Promise<BusConnection> {
  const connection = await connectToPeer(address);
  await callBus(connection, "Hello");
  return connection;
}

/**
 * Takes a name on the bus.
 *
 * @throws {BusError} when somebody else has it
 */
export async function requestName(connection: BusConnection, name: string): Promise<void> {
  const doNotQueue = 4;
  const isOwner = 1;
  const [result] = await callBus(connection, "RequestName", "su", [name, doNotQueue]);
  if (asNumber(result) !== isOwner) {
    throw new BusError(ErrorName.failed, `another program already is ${name} on this bus`);
  }
}

/** Which user is behind a unique name. The bus knows it from the kernel. */
export async function userOf(connection: BusConnection, sender: string): Promise<number | undefined> {
  const [uid] = await callBus(connection, "GetConnectionUnixUser", "s", [sender]);
  return asNumber(uid);
}

/** Asks the bus for the signals of one sender. */
export async function watchSignals(connection: BusConnection, sender: string): Promise<void> {
  await callBus(connection, "AddMatch", "s", [`type='signal',sender='${sender}'`]);
}

/** Calls `gone` with the unique name of each client that leaves the bus. */
export async function watchDepartures(
  connection: BusConnection,
  gone: (name: string) => void,
): Promise<void> {
  await callBus(connection, "AddMatch", "s", [
    `type='signal',sender='${bus.name}',member='NameOwnerChanged',arg2=''`,
  ]);
  connection.onSignal(({ member, body = [] }) => {
    const name = asText(body[0]);
    if (member === "NameOwnerChanged" && asText(body[2]) === "" && name !== undefined) gone(name);
  });
}

function callBus(
  connection: BusConnection,
  member: string,
  signature?: string,
  body: readonly (string | number)[] = [],
) {
  return connection.call({
    destination: bus.name,
    path: bus.path,
    interface: bus.name,
    member,
    ...(signature !== undefined && { signature, body }),
  });
}

async function openSocket(path: string): Promise<Socket> {
  const socket = connect({ path });
  try {
    await once(socket, "connect");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BusError(ErrorName.noServer, reason, { cause: error });
  }
  return socket;
}
