import type { ClientCertificate, ConnectOptions } from "./connect.ts";
import { DirectTransport } from "./direct.ts";
import { type HttpReply, type HttpRequest, headerOf, type OpenReply, type Transport } from "./http.ts";
import { asNetworkError, NetworkError, serverOf } from "./network-error.ts";
import { proxyFor } from "./proxy.ts";
import { followRedirect } from "./redirect.ts";
import type { Trust } from "./trust.ts";

export interface HttpClientOptions {
  readonly trust: Trust;
  /** What to show to servers that ask for a certificate. */
  readonly clientCertificate?: ClientCertificate;
  readonly onlyAddressOf?: ConnectOptions["onlyAddressOf"];
  /** Where the proxy variables are read (`https_proxy`, `no_proxy` …); default: no proxy. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** For address, TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** From the request to the first line of the reply, and then between two pieces of its body. */
  readonly replyTimeoutMs?: number;
  readonly maximumBodyBytes?: number;
  /** Waits between two tries of one request. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface HttpClient {
  /** Begins to connect, while the caller still prepares the request. An error shows with the request. */
  prepare(url: URL): void;
  /** @throws {NetworkError} when there is no whole reply, or the signal's reason */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Ends idle connections. */
  close(): void;
}

/**
 * A client for the servers of CAs. It always checks their certificates; whom to trust is all that can be said.
 * Connections are kept and used again.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new Client(options);
}

class Client implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #transports = new Map<string, Promise<Transport>>();
  readonly #replyTimeoutMs: number;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#replyTimeoutMs = options.replyTimeoutMs ?? 120_000;
  }

  prepare(url: URL): void {
    this.#transportFor(url)
      .then((transport) => transport.prepare(url))
      .catch(() => {});
  }

  close(): void {
    for (const opening of this.#transports.values())
      opening.then((transport) => transport.close()).catch(() => {});
    this.#transports.clear();
  }

  async send(request: HttpRequest): Promise<HttpReply> {
    const retries = request.method === "POST" ? 0 : (request.retries ?? 0);
    const { sleep = pause } = this.#options;
    for (let tried = 0; ; tried++) {
      const last = tried === retries;
      try {
        const reply = await this.#follow(request);
        if (last || !busy.includes(reply.status)) return reply;
        await sleep(pauseMs(tried, headerOf(reply, "retry-after")), request.signal);
      } catch (error) {
        if (last || !(error instanceof NetworkError) || !passes(error)) throw error;
        await sleep(pauseMs(tried), request.signal);
      }
    }
  }

  async #follow(request: HttpRequest): Promise<HttpReply> {
    let current = request;
    for (let left = request.redirects ?? 0; ; left--) {
      const reply = await this.#once(current);
      const next = followRedirect(current, reply);
      if (request.redirects === undefined || next === undefined) return reply;
      if (left === 0) {
        throw new NetworkError("reply", serverOf(next.url), "ERR_TOO_MANY_REDIRECTS", "too many redirects");
      }
      current = next;
    }
  }

  async #once(request: HttpRequest): Promise<HttpReply> {
    const transport = await this.#transportFor(request.url);
    const open = await transport.send(request);
    const body = await this.#readBody(open, request);
    return { status: open.status, headers: open.headers, body, url: request.url };
  }

  async #readBody(reply: OpenReply, { url, signal }: HttpRequest): Promise<Uint8Array> {
    const where = serverOf(url);
    const limit = this.#options.maximumBodyBytes ?? 4 * 1024 * 1024;
    const chunks: Uint8Array[] = [];
    let length = 0;
    const onAbort = () => reply.discard(signal?.reason);
    const text = `its reply stopped for ${this.#replyTimeoutMs / 1000} s`;
    const onSilence = () => reply.discard(new NetworkError("body", where, "ETIMEDOUT", text));
    const silence = setTimeout(onSilence, this.#replyTimeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const chunk of reply.body) {
        silence.refresh();
        length += chunk.length;
        if (length > limit)
          throw new NetworkError("body", where, "ERR_BODY_TOO_LARGE", `more than ${limit} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      const failure = signal?.aborted ? signal.reason : asNetworkError(error, "body", where);
      reply.discard(failure);
      throw failure;
    } finally {
      clearTimeout(silence);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #transportFor(url: URL): Promise<Transport> {
    const { environment = {}, trust, clientCertificate, onlyAddressOf } = this.#options;
    const { connectTimeoutMs = 30_000 } = this.#options;
    const proxy = proxyFor(url, environment);
    const key = proxy?.href ?? "";
    const known = this.#transports.get(key);
    if (known !== undefined) return known;
    const connect: ConnectOptions = {
      trust,
      timeoutMs: connectTimeoutMs,
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(onlyAddressOf !== undefined && { onlyAddressOf }),
    };
    const made = proxy === undefined ? this.#direct(connect) : this.#proxied(proxy, connect);
    this.#transports.set(key, made);
    return made;
  }

  async #direct(connect: ConnectOptions): Promise<Transport> {
    return new DirectTransport(connect, this.#replyTimeoutMs);
  }

  async #proxied(proxy: URL, connect: ConnectOptions): Promise<Transport> {
    const { ProxiedTransport } = await import("./proxied.ts");
    return new ProxiedTransport(proxy, connect, this.#replyTimeoutMs);
  }
}

/** Loaded here, not above: hardly a run ever waits. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout } = await import("node:timers/promises");
  await setTimeout(ms, undefined, { ...(signal && { signal }) });
}

/** Statuses of a server or gateway that may be well again in a moment. */
const busy: readonly number[] = [502, 503, 504];

/** Whether trying again can help: not where a certificate is wrong or a name does not exist. */
function passes({ phase, code }: NetworkError): boolean {
  return phase !== "trust" && passing.includes(code);
}

const passing: readonly string[] = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
];

/** Half a second, then twice as long each time; what the server asks for, when that is at most five seconds. */
function pauseMs(tried: number, retryAfter?: string): number {
  const asked = Number(retryAfter);
  return asked > 0 && asked <= 5 ? asked * 1_000 : 500 * 2 ** tried;
}
