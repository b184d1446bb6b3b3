import type { Socket } from "node:net";
import { hostname } from "node:os";
import { openTcp, openTls, openUnix } from "../../src/http/connect.ts";
import { asNetworkError, NetworkError, serverOf } from "../../src/http/network-error.ts";
import type { Trust } from "../../src/http/trust.ts";
import type { Ticket } from "../../src/kerberos/kerberos.ts";
import { LdapError } from "./ldap-error.ts";
import { berSize, Frames, saslSize } from "./ldap-frames.ts";
import {
  decodeReply,
  encodeBind,
  encodeSearch,
  encodeUnbind,
  type LdapBind,
  type LdapEntry,
  type LdapReply,
  type LdapSearch,
} from "./ldap-message.ts";
import { bindGssapi, type Protection, SecurityLayer } from "./ldap-sasl.ts";

export interface LdapOptions {
  /** `ldap://`, `ldaps://` or `ldapi://` with a socket's path, slashes as `%2F`. */
  readonly url: URL;
  /** Who may have signed the server's certificate; for `ldaps://`. */
  readonly trust?: Trust;
  /** Without a ticket the bind is anonymous, which is for `ldaps://` alone: nothing else would prove what is read. */
  readonly ticket?: Ticket;
  readonly signal?: AbortSignal;
  readonly connectTimeoutMs?: number;
  /** Between a request and its reply, and between two entries of it. */
  readonly replyTimeoutMs?: number;
}

export interface LdapConnection {
  /** How messages are protected beside TLS. */
  readonly layer: SecurityLayer;
  /** @throws {LdapError} what the server refuses; {NetworkError}, {KerberosError} what goes wrong on the way */
  search(search: LdapSearch): Promise<LdapEntry[]>;
  close(): void;
}

/** saslBindInProgress (RFC 4511 section 4.1.9). */
const inProgress = 14;

/**
 * Connects to a directory and binds.
 *
 * @throws {NetworkError} {KerberosError} {LdapError}, or the signal's reason
 */
export async function connectLdap(options: LdapOptions): Promise<LdapConnection> {
  const { url, ticket } = options;
  if (ticket === undefined && url.protocol !== "ldaps:") {
    throw new NetworkError(
      "connect",
      serverOf(url),
      "ERR_NOT_PROTECTED",
      "without Kerberos only ldaps:// is safe",
    );
  }
  const connection = new Connection(await openSocket(options), options);
  try {
    await (ticket === undefined ? connection.bindAnonymously() : connection.bindWith(ticket));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function openSocket({ url, trust, signal, connectTimeoutMs = 10_000 }: LdapOptions): Promise<Socket> {
  const options = { timeoutMs: connectTimeoutMs, ...(signal !== undefined && { signal }) };
  switch (url.protocol) {
    case "ldaps:":
      return openTls(url, { ...options, trust: trust ?? { certificates: [], withSystem: true } });
    case "ldapi:":
      return openUnix(decodeURIComponent(url.host), url, options);
    case "ldap:":
      return openTcp(url, options);
    default:
      throw new NetworkError("connect", url.href, "ERR_INVALID_URL", "not an ldap:, ldaps: or ldapi: URL");
  }
}

class Connection implements LdapConnection {
  readonly #socket: Socket;
  readonly #options: LdapOptions;
  readonly #where: string;
  readonly #packets = new Frames(saslSize);
  readonly #messages = new Frames(berSize);
  readonly #replies: LdapReply[] = [];
  #protection: Protection | undefined;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #lastId = 0;

  constructor(socket: Socket, options: LdapOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#where = serverOf(options.url);
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(asNetworkError(error, "reply", this.#where)));
    socket.on("close", () => this.#fail(new NetworkError("reply", this.#where, "ECONNRESET", "closed")));
  }

  get layer(): SecurityLayer {
    return this.#protection?.layer ?? SecurityLayer.none;
  }

  get #what(): string {
    return `${this.#options.url.protocol}//${this.#where}`;
  }

  async bindAnonymously(): Promise<void> {
    const { result } = await this.#bind({ kind: "anonymous" });
    if (result.code !== 0) throw new LdapError(`bind to ${this.#what}`, result);
  }

  async bindWith(ticket: Ticket): Promise<void> {
    const { url, signal } = this.#options;
    const isLocal = url.protocol === "ldapi:";
    const target = {
      host: isLocal ? hostname() : url.hostname,
      isPrivate: isLocal || url.protocol === "ldaps:",
      ...(signal !== undefined && { signal }),
    };
    this.#protection = await bindGssapi(ticket, target, async (credentials) => {
      const { result, credentials: answer } = await this.#bind({ kind: "sasl", credentials });
      if (result.code !== 0 && result.code !== inProgress)
        throw new LdapError(`bind to ${this.#what}`, result);
      return { isDone: result.code === 0, credentials: answer ?? new Uint8Array(0) };
    });
  }

  async #bind(bind: LdapBind): Promise<LdapReply & { kind: "bound" }> {
    const id = ++this.#lastId;
    this.#send(encodeBind(id, bind));
    for (;;) {
      const reply = await this.#next(id);
      if (reply.kind === "bound") return reply;
    }
  }

  async search(search: LdapSearch): Promise<LdapEntry[]> {
    const id = ++this.#lastId;
    this.#send(encodeSearch(id, search));
    const entries: LdapEntry[] = [];
    for (;;) {
      const reply = await this.#next(id);
      if (reply.kind === "entry") entries.push(reply.entry);
      if (reply.kind !== "done") continue;
      if (reply.result.code !== 0)
        throw new LdapError(`search of ${search.base} on ${this.#what}`, reply.result);
      return entries;
    }
  }

  close(): void {
    if (this.#failure === undefined) this.#send(encodeUnbind(++this.#lastId));
    this.#failure ??= new NetworkError("reply", this.#where, "ECONNRESET", "closed by us");
    this.#socket.destroySoon();
    this.#protection?.release();
  }

  #send(message: Uint8Array): void {
    this.#socket.write(this.#protection?.protect(message) ?? message);
  }

  #take(bytes: Buffer): void {
    try {
      if (this.layer === SecurityLayer.none) this.#messages.add(bytes);
      else this.#takePackets(bytes);
      for (let piece = this.#messages.take(); piece !== undefined; piece = this.#messages.take()) {
        this.#replies.push(decodeReply(piece));
      }
      this.#wake?.();
    } catch (error) {
      const isNonsense = error instanceof Error && !("stage" in error);
      this.#fail(
        isNonsense
          ? new NetworkError("reply", this.#where, "ERR_NOT_LDAP", error.message, { cause: error })
          : error,
      );
    }
  }

  #takePackets(bytes: Buffer): void {
    this.#packets.add(bytes);
    for (let packet = this.#packets.take(); packet !== undefined; packet = this.#packets.take()) {
      this.#messages.add(this.#protection?.unprotect(packet) ?? packet);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#wake?.();
  }

  /** The next reply to a request. Replies to others are nobody's, but for the notice that the server goes away. */
  async #next(id: number): Promise<LdapReply> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply === undefined) await this.#somethingNew();
      else if (reply.id === id) return reply;
      else if (reply.kind === "extended") throw new LdapError(this.#what, reply.result);
    }
  }

  async #somethingNew(): Promise<void> {
    const { signal, replyTimeoutMs = 30_000 } = this.#options;
    if (this.#failure !== undefined) throw this.#failure;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const text = `no reply within ${replyTimeoutMs / 1000} s`;
    const onTimeout = () => reject(new NetworkError("reply", this.#where, "ETIMEDOUT", text));
    const timer = setTimeout(onTimeout, replyTimeoutMs);
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#wake = undefined;
    }
  }
}
