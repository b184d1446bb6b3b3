import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectToPeer } from "../../src/bus/connect.ts";
import type { BusConnection } from "../../src/bus/connection.ts";
import { BusError } from "../../src/bus/error.ts";
import type { Signal } from "../../src/bus/message.ts";
import { listenPrivately, type PrivateSocket } from "../../src/bus/private-socket.ts";
import { type BusValue, Variant } from "../../src/bus/values.ts";

const uid = process.getuid?.() ?? 0;
const call = { path: "/a", interface: "test.example", member: "echo" } as const;

describe("two peers on a private socket", () => {
  let directory: string;
  let socket: PrivateSocket;
  let client: BusConnection;
  let server: BusConnection;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bus-"));
    const accepted = Promise.withResolvers<BusConnection>();
    socket = await listenPrivately(join(directory, "socket"), uid, accepted.resolve);
    client = await connectToPeer(`unix:path=${socket.path}`);
    server = await accepted.promise;
  });
  afterEach(async () => {
    client.close();
    await socket.close();
    await rm(directory, { recursive: true });
  });

  const values: { name: string; signature: string; value: BusValue }[] = [
    { name: "a text", signature: "s", value: "Grüße\n" },
    { name: "an empty text", signature: "s", value: "" },
    { name: "a flag", signature: "b", value: true },
    { name: "a number of 64 bits", signature: "x", value: -(2n ** 62n) },
    { name: "a path", signature: "o", value: "/org/example" },
    { name: "an empty list", signature: "as", value: [] },
    {
      name: "pairs of texts",
      signature: "a(ss)",
      value: [
        ["a", "b"],
        ["c", "d"],
      ],
    },
    {
      name: "a dictionary of variants",
      signature: "a{sv}",
      value: new Map<string, BusValue>([
        ["list", new Variant("as", ["a", "b"])],
        ["number", new Variant("x", 5n)],
      ]),
    },
  ];
  it.each(values)("$name comes back as it was sent", async ({ signature, value }) => {
    server.onCall(async ({ body, signature: received }) => ({ signature: received, body }));
    expect(await client.call({ ...call, signature, body: [value] })).toEqual([value]);
  });

  it("a client that calls at once is answered: the handler is there before the first message", async () => {
    const path = join(directory, "eager");
    const eager = await listenPrivately(path, uid, (connection) => connection.onCall(async () => ({})));
    const second = await connectToPeer(path);
    expect(await second.call(call)).toEqual([]);
    second.close();
    await eager.close();
  });

  it("answers belong to their calls, whatever their order", async () => {
    const first = Promise.withResolvers<void>();
    server.onCall(async ({ body }) => {
      if (body[0] === "first") await first.promise;
      else first.resolve();
      return { signature: "s", body };
    });
    const calls = ["first", "second"].map((text) => client.call({ ...call, signature: "s", body: [text] }));
    expect(await Promise.all(calls)).toEqual([["first"], ["second"]]);
  });

  it("an error arrives with its name and message", async () => {
    server.onCall(() => Promise.reject(new BusError("org.example.no", "because")));
    await expect(client.call(call)).rejects.toMatchObject({ name: "org.example.no", message: "because" });
  });

  it("a throw that is no D-Bus error arrives as one, and the connection lives on", async () => {
    server.onCall(() => Promise.reject(new Error("broken")));
    await expect(client.call(call)).rejects.toMatchObject({
      name: "org.freedesktop.DBus.Error.Failed",
      message: "broken",
    });
    server.onCall(async () => ({}));
    expect(await client.call(call)).toEqual([]);
  });

  it("an answer that does not fit its signature becomes an error, and nobody waits", async () => {
    server.onCall(async () => ({ signature: "x", body: ["no number"] }));
    await expect(client.call(call)).rejects.toMatchObject({ name: "org.freedesktop.DBus.Error.Failed" });
  });

  it("a call nobody answers ends at its deadline", async () => {
    server.onCall(() => new Promise(() => {}));
    await expect(client.call(call, 20)).rejects.toMatchObject({
      name: "org.freedesktop.DBus.Error.NoReply",
    });
  });

  it("calls under way end when the connection does", async () => {
    server.onCall(() => new Promise(() => {}));
    const waiting = client.call(call);
    server.close();
    await expect(waiting).rejects.toMatchObject({ name: "org.freedesktop.DBus.Error.Disconnected" });
  });

  it("a signal reaches the other side", async () => {
    const heard = Promise.withResolvers<Signal>();
    client.onSignal(heard.resolve);
    server.emit({ path: "/a", interface: "test.example", member: "Changed", signature: "s", body: ["x"] });
    expect(await heard.promise).toMatchObject({ path: "/a", member: "Changed", body: ["x"] });
  });

  it("the socket lets only its owner connect", async () => {
    expect((await stat(socket.path)).mode & 0o777).toBe(0o600);
  });

  it("a peer that claims to be another user is turned away", async () => {
    expect(await greet(socket.path, uid + 1)).toMatch(/^REJECTED/);
    expect(await greet(socket.path, uid)).toMatch(/^OK/);
  });

  it("a peer that sends nonsense is dropped, and others are served on", async () => {
    const rude = connect({ path: socket.path });
    rude.write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => rude.once("close", resolve).resume());
    server.onCall(async () => ({}));
    expect(await client.call(call)).toEqual([]);
  });

  it("a second daemon does not take the socket away from the first", async () => {
    await expect(listenPrivately(socket.path, uid, () => {})).rejects.toThrow(/already listens/);
  });
});

describe("a path for a private socket", () => {
  it("that a killed daemon left behind is used again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bus-"));
    const path = join(directory, "socket");
    const stale = createServer();
    await new Promise<void>((resolve) => stale.listen(path, resolve));
    // Closing would remove it: another name keeps what a killed program leaves.
    const { linkSync, renameSync } = await import("node:fs");
    linkSync(path, `${path}.left`);
    await new Promise((resolve) => stale.close(resolve));
    renameSync(`${path}.left`, path);
    const socket = await listenPrivately(path, uid, () => {});
    await socket.close();
    await rm(directory, { recursive: true });
  });

  it("that is something else is left alone", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bus-"));
    const path = join(directory, "file");
    await writeFile(path, "precious");
    await expect(listenPrivately(path, uid, () => {})).rejects.toThrow(/is no socket/);
    await rm(directory, { recursive: true });
  });
});

/** The first line that the server answers to a greeting as this user. */
function greet(path: string, as: number): Promise<string> {
  return new Promise((resolve) => {
    const stream: Socket = connect({ path });
    stream.write(`\0AUTH EXTERNAL ${Buffer.from(String(as)).toString("hex")}\r\n`);
    stream.once("data", (data) => {
      stream.destroy();
      resolve(data.toString());
    });
  });
}
