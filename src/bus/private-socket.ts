import { once } from "node:events";
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BusConnection } from "./connection.ts";
import { BusError, ErrorName } from "./error.ts";

export interface PrivateSocket {
  readonly path: string;
  /** Stops listening, ends all connections, removes the socket. */
  close(): Promise<void>;
}

const mostLooks = 10;
const lookAgainMs = 50;

/** Long before the descriptors that helpers need are used up. */
const maximumConnections = 512;

/**
 * Listens for peers on a socket that only `uid` can open.
 *
 * What protects it is the file: made with mode 0600, so that the kernel lets only its owner (and root, who may
 * do everything) connect. Node has no way to ask who connected (SO_PEERCRED); the UID that the peer claims is
 * checked all the same.
 *
 * @throws {BusError} `NoServer` when another program answers at `path`, or something that is no socket is there
 */
export async function listenPrivately(
  path: string,
  uid: number,
  accept: (connection: BusConnection) => void,
): Promise<PrivateSocket> {
  await clearPath(path);
  const connections = new Set<Socket>();
  const server = createServer((stream) => {
    connections.add(stream);
    stream.once("close", () => connections.delete(stream));
    // Of a peer that is not let in or leaves early there is nothing to say to anybody.
    stream.on("error", () => stream.destroy());
    BusConnection.server(stream, uid, accept).catch(() => {});
  });
  server.maxConnections = maximumConnections;
  await listen(server, path);
  return {
    path,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

/** Node binds a path at once, inside of `listen`: so the file never exists with other permissions. */
async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    server.listen({ path });
  } finally {
    process.umask(before);
  }
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BusError(ErrorName.noServer, `can not listen at ${path}: ${reason}`, { cause: error });
  }
}

/** Removes the socket of a daemon that was killed. */
async function clearPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new BusError(ErrorName.noServer, `${path} is there already and is no socket`);
  }
  // A process that a killed daemon had just forked holds its socket until it becomes another program.
  for (let count = 0; (await isAnswered(path)) && count < mostLooks; count++) await sleep(lookAgainMs);
  if (await isAnswered(path)) {
    throw new BusError(ErrorName.noServer, `another program already listens at ${path}`);
  }
  await unlink(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
