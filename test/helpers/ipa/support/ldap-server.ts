import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { berSize, Frames } from "../../../../helpers/ipa/ldap-frames.ts";
import { makeServerIdentity, type ServerIdentity } from "../../../../src/testing/servers/server-identity.ts";
import {
  type Asn1,
  type DerValue,
  decodeDer,
  encodeDer,
  primitiveTag,
  Tag,
} from "../../../../src/x509/asn1.ts";
import {
  constructed,
  octetString,
  primitive,
  sequence,
  setOf,
  smallInteger,
} from "../../../../src/x509/asn1-make.ts";

/** One request as it came: the tag of its operation, and the operation's parts. */
export interface LdapRequest {
  readonly id: number;
  readonly tag: number;
  readonly parts: readonly DerValue[];
}

export const bindRequest = 0x60;
export const searchRequest = 0x63;
export const unbindRequest = 0x42;

const text = (value: string) => octetString(Buffer.from(value));
const message = (id: number, operation: Asn1) => encodeDer(sequence(smallInteger(id), operation));
const result = (code: number, diagnostic = "") => [
  primitive(Tag.enumerated, Uint8Array.of(code)),
  text(""),
  text(diagnostic),
];

/** The replies of a server, each a whole message. */
export const reply = {
  bound: (id: number, code: number, credentials?: Uint8Array, diagnostic = "") =>
    message(
      id,
      constructed(0x61, [
        ...result(code, diagnostic),
        ...(credentials === undefined ? [] : [primitive(primitiveTag(7), credentials)]),
      ]),
    ),
  entry: (id: number, dn: string, attributes: Record<string, readonly (string | Uint8Array)[]>) =>
    message(
      id,
      constructed(0x64, [
        text(dn),
        sequence(
          ...Object.entries(attributes).map(([name, values]) =>
            sequence(text(name), setOf(values.map((value) => octetString(Buffer.from(value))))),
          ),
        ),
      ]),
    ),
  reference: (id: number) => message(id, constructed(0x73, [text("ldap://elsewhere.example.test/")])),
  done: (id: number, code = 0, diagnostic = "") => message(id, constructed(0x65, result(code, diagnostic))),
  goodbye: (diagnostic: string) => message(0, constructed(0x78, result(52, diagnostic))),
};

export interface LdapServer extends AsyncDisposable {
  readonly url: URL;
  readonly identity: ServerIdentity;
}

/** What a server does with a request; it writes to the socket whatever it likes. */
export type Answer = (request: LdapRequest, socket: Socket) => void;

/** A directory on loopback that does as it is told: `ldaps://`, or without TLS `ldap://`. */
export async function startLdapServer(answer: Answer, { tls = true } = {}): Promise<LdapServer> {
  const identity = makeServerIdentity("none");
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const frames = new Frames(berSize);
    socket.on("data", (bytes: Buffer) => {
      frames.add(bytes);
      for (let piece = frames.take(); piece !== undefined; piece = frames.take())
        answer(requestOf(piece), socket);
    });
  };
  const { key, certificate } = identity;
  const server = tls ? createTlsServer({ key, cert: certificate }, serve) : createTcpServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`${tls ? "ldaps" : "ldap"}://localhost:${port}`),
    identity,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function requestOf(bytes: Uint8Array): LdapRequest {
  const [id, operation] = decodeDer(bytes).parts;
  return {
    id: id?.content.reduce((n, octet) => n * 256 + octet, 0) ?? 0,
    tag: operation?.tag ?? 0,
    parts: operation?.parts ?? [],
  };
}
