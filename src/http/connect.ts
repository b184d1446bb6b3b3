import { X509Certificate } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import { asNetworkError, NetworkError, portOf, serverOf } from "./network-error.ts";
import { readSystemTrust, type Trust } from "./trust.ts";

/** A certificate to show to the server, and its key, PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface ConnectOptions {
  readonly trust: Trust;
  readonly clientCertificate?: ClientCertificate;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Finds the address of a host that has only one, faster than Node does; what it does not find, Node looks for. */
  readonly onlyAddressOf?: (host: string) => Promise<string | undefined>;
}

/**
 * Connects to the host and port of a URL whose scheme means TLS, and checks the server's certificate.
 *
 * @throws {NetworkError} in phase `connect`, or the signal's reason
 */
export async function openTls(url: URL, options: ConnectOptions): Promise<TLSSocket> {
  const { trust } = options;
  if (!trust.withSystem) return await openTlsWith(url, options, trust.certificates);
  if (trust.certificates.length === 0) return await openTlsWith(url, options, await readSystemTrust());
  try {
    return await openTlsWith(url, options, trust.certificates);
  } catch (error) {
    if (!(error instanceof NetworkError && unknownIssuer.includes(error.code))) throw error;
    return await openTlsWith(url, options, [...trust.certificates, ...(await readSystemTrust())]);
  }
}

/** The server's certificate does not lead to one that is trusted. More trust may help. */
const unknownIssuer: readonly string[] = [
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

async function openTlsWith(
  url: URL,
  options: ConnectOptions,
  certificates: readonly string[],
): Promise<TLSSocket> {
  const host = hostOf(url);
  // An address can not be asked for by name (RFC 6066 section 3); its certificate is checked all the same.
  const isName = !/^[\d.]+$|:/.test(host);
  const finding = isName ? findAddress(host, options) : undefined;
  const secureContext = createSecureContext(tlsOptions(certificates, options.clientCertificate));
  const address = await finding;
  options.signal?.throwIfAborted();
  const socket: NamedSocket = connectTls({
    host: address ?? host,
    port: portOf(url),
    secureContext,
    // Asks OpenSSL first: Node's own check asks `net.isIP`, as does whatever takes `servername` (see `onlyAddressOf`).
    checkServerIdentity: (_, certificate) =>
      isName && new X509Certificate(certificate.raw).checkHost(host) !== undefined
        ? undefined
        : checkServerIdentity(host, certificate),
  });
  if (isName) socket.setServername?.(host);
  return await opened(socket, "secureConnect", url, options);
}

/** A search that fails or takes long is left to Node: it says what is wrong, within the time for the connection. */
async function findAddress(host: string, { onlyAddressOf }: ConnectOptions): Promise<string | undefined> {
  if (onlyAddressOf === undefined) return undefined;
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, 1_000, undefined);
  try {
    return await Promise.race([onlyAddressOf(host), late.promise]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** What the option `servername` calls, after a question to `net.isIP`; Node has it since 0.11 and does not describe it. */
type NamedSocket = TLSSocket & { setServername?(name: string): void };

/** For Node's TLS and undici's alike. An empty list trusts nobody; none at all would be Node's own list. */
export function tlsOptions(certificates: readonly string[], client: ClientCertificate | undefined) {
  return {
    ca: [...certificates],
    allowPartialTrustChain: true,
    ...(client !== undefined && { cert: client.certificate, key: client.key }),
  };
}

/** Connects without TLS. */
export function openTcp(url: URL, options: Omit<ConnectOptions, "trust">): Promise<Socket> {
  return opened(connectTcp({ host: hostOf(url), port: portOf(url) }), "connect", url, options);
}

/** Connects to a socket of this machine; `url` is what errors call it. */
export function openUnix(path: string, url: URL, options: Omit<ConnectOptions, "trust">): Promise<Socket> {
  return opened(connectTcp({ path }), "connect", url, options);
}

/** `url.hostname` has brackets around an IPv6 address. */
const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, "");

function opened<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  url: URL,
  { timeoutMs, signal }: Omit<ConnectOptions, "trust">,
): Promise<S> {
  const where = serverOf(url);
  // A request that waits for the other side to confirm what was sent before would wait 40 ms (measured).
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const text = `not connected within ${timeoutMs / 1000} s`;
      fail(new NetworkError("connect", where, "ETIMEDOUT", text));
    }, timeoutMs);
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    const onError = (error: Error) => fail(asNetworkError(error, "connect", where));
    // Without an error of its own: the server ended it in the middle of the handshake.
    const onClose = () => fail(new NetworkError("connect", where, "ECONNRESET", "closed"));
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off("close", onClose);
      socket.off("error", onError);
      // Whoever uses it listens for errors; one that comes after its end is nobody's.
      socket.on("error", () => {});
    };
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once(event, () => {
      settle();
      resolve(socket);
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
