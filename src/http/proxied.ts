import { type ConnectOptions, tlsOptions } from "./connect.ts";
import type { HttpRequest, OpenReply, Transport } from "./http.ts";
import { asNetworkError, NetworkError, serverOf } from "./network-error.ts";
import { readSystemTrust } from "./trust.ts";

/**
 * Requests through a proxy, by undici: a tunnel for HTTPS, with TLS to the server inside; HTTP, HTTPS and SOCKS
 * proxies, with user and password from the proxy's URL.
 *
 * undici is loaded only when there is a proxy: it takes 40 ms (docs/decisions/http-client.md).
 */
export class ProxiedTransport implements Transport {
  readonly #proxy: URL;
  readonly #options: ConnectOptions;
  readonly #replyTimeoutMs: number;
  #agent: ReturnType<typeof makeAgent> | undefined;

  constructor(proxy: URL, options: ConnectOptions, replyTimeoutMs: number) {
    this.#proxy = proxy;
    this.#options = options;
    this.#replyTimeoutMs = replyTimeoutMs;
  }

  /** A tunnel is made with the request: the proxy may be asked to connect only when there is something to send. */
  prepare(): void {}

  close(): void {
    this.#agent?.then((agent) => agent.destroy()).catch(() => {});
  }

  async send({ method, url, headers = {}, body, signal }: HttpRequest): Promise<OpenReply> {
    this.#agent ??= makeAgent(this.#proxy, this.#options);
    const agent = await this.#agent;
    try {
      const reply = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { host: url.host, ...headers },
        headersTimeout: this.#replyTimeoutMs,
        bodyTimeout: this.#replyTimeoutMs,
        ...(body !== undefined && { body }),
        ...(signal !== undefined && { signal }),
      });
      return {
        status: reply.statusCode,
        headers: Object.fromEntries(
          Object.entries(reply.headers).map(([name, value]) => [
            name,
            value === undefined ? [] : [value].flat(),
          ]),
        ),
        body: reply.body,
        discard: (error) => reply.body.destroy(error),
      };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw this.#explain(error, serverOf(url));
    }
  }

  #explain(error: unknown, where: string): NetworkError {
    const known = asNetworkError(error, "reply", where);
    const via = `through the proxy ${this.#proxy.host}`;
    switch (known.code) {
      case "UND_ERR_CONNECT_TIMEOUT":
      case "UND_ERR_HEADERS_TIMEOUT":
      case "UND_ERR_BODY_TIMEOUT":
        return new NetworkError("reply", where, "ETIMEDOUT", `${known.message} ${via}`, { cause: error });
      case "UND_ERR_ABORTED":
      case "UND_ERR_PRX_CONN":
      case "UND_ERR_PRX_TLS":
      case "ECONNREFUSED":
      case "ENOTFOUND":
        return new NetworkError("connect", where, "ERR_PROXY", `${known.message} ${via}`, { cause: error });
      case "UND_ERR_SOCKET":
        return new NetworkError("reply", where, "ECONNRESET", known.message, { cause: error });
      default:
        return known;
    }
  }
}

async function makeAgent(proxy: URL, { trust, clientCertificate, timeoutMs }: ConnectOptions) {
  const { ProxyAgent } = await import("undici");
  const system = trust.withSystem ? await readSystemTrust() : [];
  return new ProxyAgent({
    uri: proxy.href,
    connectTimeout: timeoutMs,
    requestTls: tlsOptions([...trust.certificates, ...system], clientCertificate),
    proxyTls: tlsOptions(await readSystemTrust(), undefined),
  });
}
