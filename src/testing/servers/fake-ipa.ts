import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type FakeAuthority, makeFakeAuthority } from "./fake-ipa-authority.ts";
import { fakeAuthorities } from "./fake-ipa-directory.ts";
import { FakeIpaEntries } from "./fake-ipa-entries.ts";
import { FakeIpaLogin } from "./fake-ipa-login.ts";
import type { FakeIpaMethod } from "./fake-ipa-method.ts";
import { answerCall, fakeMethods } from "./fake-ipa-methods.ts";
import type { FakeIpaRequest } from "./fake-ipa-request.ts";
import { makeServerIdentity, type ServerIdentity } from "./server-identity.ts";

/** What the fake does with a request instead of what it would do by itself. */
export type FakeIpaReply =
  /** An error of IPA's, with HTTP status 200. */
  | {
      readonly error: {
        readonly code: number;
        readonly name: string;
        readonly message: string;
        readonly data?: unknown;
      };
    }
  /** The `result` member of the answer. */
  | { readonly result: unknown }
  /** Any HTTP answer; an object as body is sent as JSON. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The connection ends: before an answer, or in its middle. */
  | "close"
  | "cut"
  /** The call is done, and then the connection ends: nobody learns what came of it. */
  | "lost"
  /** Nothing ever comes. */
  | "silence";

export interface FakeIpaOptions {
  /** `4.9`: numbers are numbers. `4.12`: serial and request numbers are texts. Default `4.12`. */
  readonly release?: "4.9" | "4.12";
  /** Users who may log in with a password. */
  readonly passwords?: Readonly<Record<string, string>>;
  readonly tls?: "trusted" | "untrusted" | "expired";
  /** Another one whose TLS certificate this one shows, too: a client can then trust both. */
  readonly likeServer?: FakeIpa;
  /** How long every answer takes. */
  readonly delayMs?: number;
  /** Further methods, or others in the place of the fake's own. */
  readonly methods?: Readonly<Record<string, FakeIpaMethod>>;
}

export interface FakeIpa {
  /** `localhost:PORT`: its own name, which `Host` and `Referer` must carry. */
  readonly name: string;
  /** `https://localhost:PORT/ipa/json` */
  readonly url: string;
  /** PEM: whom to trust for TLS. */
  readonly caCertificate: string;
  /** What it shows. */
  readonly identity: ServerIdentity;
  /** The CA that signs. */
  readonly authority: FakeAuthority;
  readonly requests: readonly FakeIpaRequest[];
  /** The methods that were called, in their order. */
  readonly calls: readonly string[];
  /** The most requests that were open at one moment. */
  readonly mostAtOnce: number;
  /** How many certificates were issued. */
  readonly issued: number;
  /** The certificates in the entry of a principal, DER in base64; requests at once for one principal lose some. */
  certificatesOf(principal: string): readonly string[];
  /** Answers the next calls so, one each; then the fake goes on by itself. */
  next(...replies: readonly FakeIpaReply[]): void;
  /** Answers every call of a method so, until the next `always`. */
  always(method: string, reply: FakeIpaReply | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts a server that behaves like FreeIPA's JSON-RPC as far as a certificate helper meets it: real TLS on loopback,
 * the checks of `Host`, `Referer` and `Content-Type`, Negotiate (by `fakeKerberos`) and the session cookie, the login
 * by password, both encodings of numbers, and a CA that signs. What it answers was recorded from FreeIPA 4.9.11.
 */
export async function startFakeIpa(options: FakeIpaOptions = {}): Promise<FakeIpa> {
  const { release = "4.12", passwords = {}, tls = "trusted", delayMs = 0 } = options;
  const identity = options.likeServer?.identity ?? makeServerIdentity(`tls-${tls}`);
  const authority = makeFakeAuthority();
  const requests: FakeIpaRequest[] = [];
  const script: FakeIpaReply[] = [];
  const always = new Map<string, FakeIpaReply>();
  const sockets = new Set<Socket>();
  let name = "";
  let open = 0;
  let mostAtOnce = 0;
  const login = new FakeIpaLogin(passwords, () => name);
  const entries = new FakeIpaEntries();
  const methods = { ...fakeMethods(authority, release, entries), ...options.methods };

  const server = createServer({ key: identity.key, cert: identity.certificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      open++;
      mostAtOnce = Math.max(mostAtOnce, open);
      response.on("close", () => open--);
      const read = entries.read();
      if (delayMs > 0) await delay(delayMs);
      const body = Buffer.concat(chunks).toString("utf8");
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
      );
      const { method = "", url = "" } = request;
      const call = readCall(body);
      const seen: FakeIpaRequest = { method, path: url, headers, body, ...(call && { call }) };
      requests.push(seen);
      const send = (status: number, more: Record<string, string>, content: unknown) => {
        const text = typeof content === "string" ? content : JSON.stringify(content);
        const type = typeof content === "string" ? "text/html" : "application/json; charset=utf-8";
        response.writeHead(status, { "content-type": type, ...more }).end(text);
      };
      const reply = login.isForLogin(seen) ? undefined : replyFor(seen);
      if (reply === "silence") return;
      if (reply === "close") return void request.socket.destroy();
      if (reply === "cut") {
        response.writeHead(200, { "content-type": "application/json", "content-length": "100000" });
        response.write('{"result"', () => request.socket.destroy());
        return;
      }
      const refusal = login.refusal(seen);
      if (refusal !== undefined) return send(refusal.status, refusal.headers, refusal.body);
      if (url === "/ipa/config/ca.crt") return send(200, {}, authority.certificate);
      if (url === "/ca/rest/authorities" && reply === undefined) return send(200, {}, fakeAuthorities);
      const { headers: proof, principal } = login.accept(seen);
      entries.goOnWith(read);
      if (reply === "lost") {
        answerCall(seen, methods, name, principal);
        return void request.socket.destroy();
      }
      if (reply !== undefined && "status" in reply) {
        const isRefused = reply.status === 401;
        return send(reply.status, { ...(!isRefused && proof), ...reply.headers }, reply.body ?? "");
      }
      const envelope = { id: null, principal, version: release === "4.9" ? "4.9.11" : "4.12.2" };
      if (reply !== undefined && "error" in reply) {
        return send(200, proof, { ...envelope, result: null, error: { data: {}, ...reply.error } });
      }
      if (reply !== undefined) return send(200, proof, { ...envelope, result: reply.result, error: null });
      send(200, proof, { ...envelope, ...answerCall(seen, methods, name, principal) });
    });
  });
  const replyFor = ({ call, path }: FakeIpaRequest): FakeIpaReply | undefined =>
    script.shift() ?? always.get(call?.method ?? path);

  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  name = `localhost:${await listen(server)}`;
  return {
    name,
    url: `https://${name}/ipa/json`,
    caCertificate: identity.caCertificate,
    identity,
    authority,
    requests,
    get calls() {
      return requests.flatMap(({ call }) => call?.method ?? []);
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    get issued() {
      return authority.issued;
    },
    certificatesOf: (principal) => entries.of(principal),
    next: (...replies) => void script.push(...replies),
    always(method, reply) {
      if (reply === undefined) always.delete(method);
      else always.set(method, reply);
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function readCall(body: string): { method: string; params: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || !("method" in value)) return undefined;
    return { method: String(value.method), params: "params" in value ? value.params : undefined };
  } catch {
    return undefined;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
