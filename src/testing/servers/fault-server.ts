import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { makeServerIdentity, type ServerIdentity } from "./server-identity.ts";

/** What goes wrong with a server. */
export type Fault =
  | "refused"
  | "black-hole"
  | "reset"
  | "tls-untrusted"
  | "tls-expired"
  | "server-error"
  | "unavailable"
  | "html"
  | "cut-body"
  | "slow-drip";

export interface FaultDescription {
  readonly fault: Fault;
  readonly id: Fault;
  /** What a right helper does. */
  readonly title: string;
  /** The server `refuses connections`. */
  readonly behaviour: string;
  readonly tried: string;
}

function described(fault: Fault, behaviour: string): FaultDescription {
  return {
    fault,
    id: fault,
    behaviour,
    title: `a server that ${behaviour} makes it try again later`,
    tried: `a plain request to a server that ${behaviour}`,
  };
}

/** Every fault that the server can have. */
export const faults: readonly FaultDescription[] = [
  described("refused", "refuses connections"),
  described("black-hole", "accepts connections and never says a word"),
  described("reset", "resets connections"),
  described("tls-untrusted", "shows a certificate of an unknown CA"),
  described("tls-expired", "shows an expired certificate"),
  described("server-error", "answers 500"),
  described("unavailable", "answers 503 with Retry-After"),
  described("html", "answers 200 with an HTML page"),
  described("cut-body", "closes the connection in the middle of its answer"),
  described("slow-drip", "sends one byte each second"),
];

export interface FaultServer {
  readonly host: string;
  readonly port: number;
  /** PEM of the CA to trust; with `tls-untrusted` it is not the one of the server's certificate. */
  readonly caCertificate: string;
  readonly behaviour: string;
  /** Connections so far. */
  readonly connections: () => number;
  /** `GET /path`, for each request that got through. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Starts a server on loopback that has one fault: real TLS, with certificates made for it, for `localhost` and
 * 127.0.0.1. `black-hole` and `reset` are below TLS.
 */
export async function startFaultServer(fault: Fault, tls = true): Promise<FaultServer> {
  const identity = makeServerIdentity(fault);
  const requests: string[] = [];
  const server = make(fault, tls ? identity : undefined, requests);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  // Nobody listens any more, and the port stays free for as long as it matters.
  if (fault === "refused") await close();
  const behaviour = faults.find((description) => description.fault === fault)?.behaviour ?? fault;
  return {
    host: "127.0.0.1",
    port,
    caCertificate: identity.caCertificate,
    behaviour,
    connections: () => connections,
    requests,
    close,
  };
}

function make(fault: Fault, identity: ServerIdentity | undefined, requests: string[]): Server {
  if (fault === "black-hole") return createTcpServer(() => {});
  if (fault === "reset") return createTcpServer((socket) => socket.resetAndDestroy());
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`);
    // An answer that comes before all of the request was read would be a fault of its own.
    request.resume();
    request.on("end", () => respond(fault, response));
  };
  if (identity === undefined) return createHttpServer(answer);
  const { key, certificate } = identity;
  const server = createHttpsServer({ key, cert: certificate }, answer);
  server.on("tlsClientError", () => {});
  return server;
}

const page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n";

function respond(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case "unavailable":
      response.writeHead(503, { "Retry-After": "120", "Content-Type": "text/plain" });
      response.end("maintenance\n");
      return;
    case "html":
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(page);
      return;
    case "cut-body":
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "4096" });
      response.write('{"result": {"certificate": "-----BEGIN CERT');
      setTimeout(() => response.socket?.destroy(), 20);
      return;
    case "slow-drip":
      drip(response);
      return;
    default:
      response.writeHead(500, { "Content-Type": "text/plain" });
      response.end("Internal Server Error\n");
  }
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100000" });
  response.write("{");
  const timer = setInterval(() => response.write(" "), 1000);
  response.on("close", () => clearInterval(timer));
}
