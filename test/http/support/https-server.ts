import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import { makeServerIdentity, type ServerIdentity } from "../../../src/testing/servers/server-identity.ts";

export interface HttpsServer extends AsyncDisposable {
  readonly url: URL;
  readonly identity: ServerIdentity;
  /** TCP connections so far. */
  connections(): number;
}

/** A well-behaved HTTPS server on loopback, with a certificate of its own CA for `localhost`. */
export async function startHttpsServer(
  listener: RequestListener,
  {
    identity = makeServerIdentity("none"),
    address = "127.0.0.1",
    ...tls
  }: TlsOptions & { identity?: ServerIdentity; address?: string } = {},
): Promise<HttpsServer> {
  let connections = 0;
  const server = createServer({ key: identity.key, cert: identity.certificate, ...tls }, listener);
  server.on("connection", () => connections++);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`https://${address === "127.0.0.1" ? "localhost" : address}:${port}/`),
    identity,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
