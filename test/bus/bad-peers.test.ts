import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectToPeer } from "../../src/bus/connect.ts";
import { listenPrivately, type PrivateSocket } from "../../src/bus/private-socket.ts";

const uid = process.getuid?.() ?? 0;
const call = { path: "/a", interface: "test.example", member: "echo" } as const;
const mebibyte = 1024 * 1024;

describe("a server on a private socket", () => {
  let directory: string;
  let socket: PrivateSocket;
  const peers: Socket[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bad-peers-"));
    const answer = { signature: "s", body: ["x".repeat(64 * 1024)] };
    socket = await listenPrivately(join(directory, "socket"), uid, (connection) =>
      connection.onCall(async () => answer),
    );
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.destroy();
    await socket.close();
    await rm(directory, { recursive: true });
  });

  async function open(): Promise<Socket> {
    const peer = connect({ path: socket.path });
    // The server hangs up on most of these.
    peer.on("error", () => {});
    peers.push(peer);
    await once(peer, "connect");
    return peer;
  }

  /** Waits for the end of a connection, whatever error comes with it. */
  async function isClosed(peer: Socket): Promise<void> {
    if (!peer.closed) await new Promise<void>((resolve) => peer.once("close", () => resolve()));
  }

  async function greet(): Promise<Socket> {
    const peer = await open();
    peer.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\n`);
    await once(peer, "data");
    peer.write("BEGIN\r\n");
    return peer;
  }

  /** The beginning of a call with these lengths of body and header fields. */
  function header(bodyLength: number, fieldsLength: number): Buffer {
    const head = Buffer.from([0x6c, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32LE(bodyLength, 4);
    head.writeUInt32LE(fieldsLength, 12);
    return head;
  }

  const hungUpOn: { name: string; does: () => Promise<Socket> }[] = [
    {
      name: "greets without an end",
      does: async () => {
        const peer = await open();
        peer.write(Buffer.alloc(4 * mebibyte, "A"));
        return peer;
      },
    },
    {
      name: "sends noise after its greeting",
      does: async () => {
        const peer = await greet();
        peer.write(randomBytes(4096).fill(0, 0, 1));
        return peer;
      },
    },
    ...[
      [0xffff_ffff, 0],
      [0, 0xffff_ffff],
      [2 * mebibyte, 16],
    ].map(([body = 0, fields = 0]) => ({
      name: `announces ${body} octets and ${fields} of header fields`,
      does: async () => {
        const peer = await greet();
        peer.write(header(body, fields));
        return peer;
      },
    })),
  ];
  it.each(hungUpOn)("hangs up on a peer that $name, and answers the others", async ({ does }) => {
    const peer = await does();
    peer.resume();
    await isClosed(peer);
    const other = await connectToPeer(socket.path);
    expect(await other.call(call)).toHaveLength(1);
    other.close();
  });

  it("hangs up on a peer that asks and does not read the answers", async () => {
    const other = await connectToPeer(socket.path);
    const peer = await greet();
    const question = recordedCall();
    for (let count = 0; count < 400; count++) peer.write(question);
    await isClosed(peer);
    expect(await other.call(call)).toHaveLength(1);
    other.close();
  });

  it("answers beside two hundred peers that say nothing", async () => {
    for (let count = 0; count < 200; count++) await open();
    const other = await connectToPeer(socket.path);
    expect(await other.call(call)).toHaveLength(1);
    other.close();
  });
});

/** `test.example.echo` on `/a`, as a message of the wire. */
function recordedCall(): Buffer {
  const text = (value: string): Buffer => {
    const octets = Buffer.alloc(4 + value.length + 1);
    octets.writeUInt32LE(value.length);
    octets.write(value, 4);
    return octets;
  };
  const padded = (octets: Buffer): Buffer =>
    Buffer.concat([octets, Buffer.alloc((8 - (octets.length % 8)) % 8)]);
  const fields = [
    [1, "o", call.path],
    [2, "s", call.interface],
    [3, "s", call.member],
  ] as const;
  let all = Buffer.alloc(0);
  for (const [code, type, value] of fields) {
    all = Buffer.concat([padded(all), Buffer.from([code, 1, type.charCodeAt(0), 0]), text(value)]);
  }
  const head = Buffer.from([0x6c, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(all.length, 12);
  return padded(Buffer.concat([head, all]));
}
