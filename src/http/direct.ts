import { Agent, type ClientRequest, type IncomingMessage, request as openRequest } from "node:http";
import type { RequestOptions } from "node:https";
import { Duplex } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { type ConnectOptions, openTls } from "./connect.ts";
import type { HttpRequest, OpenReply, Transport } from "./http.ts";
import { asNetworkError, NetworkError, serverOf } from "./network-error.ts";

/** Requests straight to the server, by Node's own client: it starts faster than undici (docs/decisions/http-client.md). */
export class DirectTransport implements Transport {
  readonly #agent: TlsAgent;
  readonly #replyTimeoutMs: number;

  constructor(options: ConnectOptions, replyTimeoutMs: number) {
    this.#agent = new TlsAgent(options);
    this.#replyTimeoutMs = replyTimeoutMs;
  }

  prepare(url: URL): void {
    if (url.protocol === "https:") this.#agent.prepare(url);
  }

  close(): void {
    this.#agent.destroy();
  }

  send({ method, url, headers, body, signal }: HttpRequest): Promise<OpenReply> {
    const where = serverOf(url);
    return new Promise((resolve, reject) => {
      const request = openRequest({
        ...urlToHttpOptions(url),
        method,
        headers: headersFor(body, headers),
        // The agent makes the connections; for the rest it is HTTP. (`node:https` would take 0.6 ms to load.) It would
        // ask `net.isIP` for a server's name if it were given none.
        ...(url.protocol === "https:" && {
          protocol: "http:",
          defaultPort: 443,
          agent: this.#agent,
          servername: "",
        }),
      });
      // Not left to the request's own error event: that waits for the connection.
      const fail = (error: unknown) => {
        settle();
        request.destroy();
        reject(error);
      };
      const text = `no reply within ${this.#replyTimeoutMs / 1000} s`;
      const onTimeout = () => fail(new NetworkError("reply", where, "ETIMEDOUT", text));
      const timer = setTimeout(onTimeout, this.#replyTimeoutMs);
      const onAbort = () => fail(signal?.reason);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      request.on("error", (error) => fail(asNetworkError(error, "reply", where)));
      request.on("response", (response) => {
        settle();
        resolve(openReply(request, response));
      });
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
      request.end(body);
    });
  }
}

function openReply(request: ClientRequest, response: IncomingMessage): OpenReply {
  const headers = Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, values]) => [name, values ?? []]),
  );
  return {
    status: response.statusCode ?? 0,
    headers,
    body: response,
    discard: (error) => {
      response.on("error", () => {}).destroy(error);
      request.destroy();
    },
  };
}

function headersFor(body: string | Uint8Array | undefined, headers: HttpRequest["headers"] = {}) {
  return { ...headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) };
}

/**
 * Keeps connections for the next request, and makes each as `openTls` does. Node leaves the port out of the `Host`
 * header for an agent of its own; IPA's server redirects a request that has it there (seen on 4.9.11).
 */
class TlsAgent extends Agent {
  readonly #options: ConnectOptions;
  readonly #prepared = new Map<string, Promise<Duplex>>();
  readonly #closing = new AbortController();

  constructor(options: ConnectOptions) {
    super({ keepAlive: true });
    this.#options = { ...options, signal: this.#closing.signal };
  }

  prepare(url: URL): void {
    if (this.#prepared.has(url.host)) return;
    const opening = openTls(url, this.#options);
    this.#prepared.set(url.host, opening);
    // The request that takes it is told.
    opening.catch(() => {});
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const url = urlOf(options);
    const prepared = this.#prepared.get(url.host);
    this.#prepared.delete(url.host);
    const opening = prepared ?? openTls(url, this.#options);
    opening.then(
      (socket) => callback?.(null, socket),
      // Node looks at the error alone; its type wants a stream beside it.
      (error: Error) => callback?.(error, new Duplex()),
    );
    return undefined;
  }

  override destroy(): void {
    this.#closing.abort();
    for (const opening of this.#prepared.values()) opening.then((socket) => socket.destroy()).catch(() => {});
    super.destroy();
  }
}

function urlOf({ host, port }: RequestOptions): URL {
  return new URL(`https://${host?.includes(":") ? `[${host}]` : host}:${port ?? 443}`);
}
