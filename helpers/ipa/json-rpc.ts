import type { HttpClient } from "../../src/http/client.ts";
import { type HttpReply, headerOf, textOfBody } from "../../src/http/http.ts";
import { serverOf } from "../../src/http/network-error.ts";
import { KerberosError } from "../../src/kerberos/error.ts";
import type { Log } from "../../src/sdk/log.ts";
import { readIpaError, UnusableReply } from "./ipa-error.ts";
import { isObject, type JsonObject } from "./json.ts";
import {
  type Credentials,
  isJson,
  passwordForm,
  reasonOf401,
  sendWithTicket,
  sessionCookieOf,
} from "./login.ts";

/**
 * The version of the API that is spoken. Without one the server answers in its oldest encoding and warns; one with
 * a newer minor number than the server's is accepted (seen on 4.9.11).
 */
const apiVersion = "2.251";

/** Everything that the server's answer says beside the result itself. */
export interface IpaAnswer {
  /** The method's own `result` member: the thing asked for, or a list. */
  readonly result: unknown;
  /** All members beside it: `summary`, `truncated`, `messages`, for `batch` the `results`. */
  readonly envelope: JsonObject;
  /** Who the server thinks is asking, and its release. */
  readonly principal?: string;
  readonly release?: string;
}

export interface IpaServerOptions {
  /** `https://SERVER/ipa/json`; the host must be the server's own name. */
  readonly url: URL;
  readonly http: HttpClient;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** One IPA server. The first call logs in; the next ones show the cookie of that login. */
export class IpaServer {
  readonly url: URL;
  readonly #options: IpaServerOptions;
  #cookie: string | undefined;

  constructor(options: IpaServerOptions) {
    this.url = options.url;
    this.#options = options;
  }

  /** `ipa.example.test` */
  get name(): string {
    return serverOf(this.url);
  }

  /**
   * Calls a method of the server.
   *
   * @throws {IpaError} what the server refuses; {UnusableReply} what is no answer; {NetworkError} {KerberosError}
   */
  async call(method: string, args: readonly unknown[], options: JsonObject = {}): Promise<IpaAnswer> {
    // Not `performance`, whose first use loads a module for 0.7 ms.
    const started = Date.now();
    const body = JSON.stringify({ method, params: [args, { ...options, version: apiVersion }] });
    const reply = await this.#post(body);
    const took = Date.now() - started;
    this.#options.log.info(`${this.name}: ${method} answered ${reply.status} after ${took} ms`);
    return readAnswer(reply);
  }

  /** A page of the CA behind the server that needs no login: its HTTP status, and its JSON where it is that. */
  async page(path: string): Promise<{ readonly status: number; readonly content?: unknown }> {
    const { http, signal } = this.#options;
    const headers = { Accept: "application/json" };
    const reply = await http.send({ method: "GET", url: new URL(path, this.url), headers, signal });
    const { status } = reply;
    return status === 200 && isJson(reply) ? { status, content: parse(reply) } : { status };
  }

  async #post(body: string): Promise<HttpReply> {
    const { credentials } = this.#options;
    if ("by" in credentials) {
      this.#cookie ??= await this.#logInWithPassword(credentials);
      return this.#accepted(await this.#send(body, { Cookie: this.#cookie }));
    }
    if (this.#cookie !== undefined) {
      const reply = await this.#send(body, { Cookie: this.#cookie });
      if (reply.status !== 401) return this.#accepted(reply);
      this.#cookie = undefined;
    }
    const { ticket } = credentials;
    const send = (headers: Record<string, string>) => this.#send(body, headers);
    const reply = await sendWithTicket(ticket, this.url.hostname, send, this.#options.signal).catch((error) =>
      this.#explainMissingTicket(error),
    );
    this.#cookie = sessionCookieOf(reply);
    return this.#accepted(reply);
  }

  /**
   * A server that is not the one of its name has no ticket either: what its name or its certificate has to say about
   * that tells more. The page that is asked for needs no login.
   */
  async #explainMissingTicket(error: unknown): Promise<never> {
    if (error instanceof KerberosError && error.stage === "service-ticket") {
      const { http, signal } = this.#options;
      await http.send({ method: "GET", url: new URL("/ipa/config/ca.crt", this.url), signal });
    }
    throw error;
  }

  /** The headers that the server asks for; `Referer` is compared with its own name, letter by letter. */
  #send(body: string, headers: Record<string, string>): Promise<HttpReply> {
    const { http, signal } = this.#options;
    const common = {
      "Content-Type": "application/json",
      Accept: "application/json",
      Referer: this.url.href,
    };
    return http.send({ method: "POST", url: this.url, headers: { ...common, ...headers }, body, signal });
  }

  async #logInWithPassword(credentials: Extract<Credentials, { by: "password" }>): Promise<string> {
    const { http, signal } = this.#options;
    const url = new URL("/ipa/session/login_password", this.url);
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      Accept: "text/plain",
      Referer: this.url.href,
    };
    const body = passwordForm(credentials);
    const reply = await http.send({ method: "POST", url, headers, body, signal });
    this.#accepted(reply);
    const cookie = sessionCookieOf(reply);
    if (cookie === undefined) throw new UnusableReply(200, "the server gave no session for the login");
    return cookie;
  }

  #accepted(reply: HttpReply): HttpReply {
    if (reply.status === 200) return reply;
    throw new UnusableReply(reply.status, describeStatus(reply));
  }
}

/** What a status other than 200 means here. Redirects are not followed: the login would go with them. */
function describeStatus(reply: HttpReply): string {
  const { status } = reply;
  if (status === 401) return reasonOf401(reply);
  if (status === 400 || status === 403) {
    return `it answers ${status}: the name in the URL must be the server's own, not an alias or an address`;
  }
  if (status === 404) return "it answers 404: there is no IPA at that URL";
  if (status >= 300 && status < 400) {
    const target = URL.parse(headerOf(reply, "location") ?? "");
    return `it redirects to ${target === null ? "somewhere else" : target.host}: name that server itself`;
  }
  if (status >= 500) return `it answers ${status}: the web server runs, IPA behind it does not answer`;
  return `it answers HTTP status ${status}`;
}

function readAnswer(reply: HttpReply): IpaAnswer {
  const body = parse(reply);
  if (!isObject(body)) throw nonsense(reply, "an answer that is no JSON object");
  const { error, result, principal, version } = body;
  if (error !== null && error !== undefined) {
    throw readIpaError(error) ?? nonsense(reply, "an error of unknown form");
  }
  if (!isObject(result)) throw nonsense(reply, "an answer without a result");
  return {
    result: result.result,
    envelope: result,
    ...(typeof principal === "string" && { principal }),
    ...(typeof version === "string" && { release: version }),
  };
}

function parse(reply: HttpReply): unknown {
  if (reply.body.length === 0) throw nonsense(reply, "an empty answer");
  const type = headerOf(reply, "content-type") ?? "no type";
  if (!isJson(reply)) throw nonsense(reply, `an answer that is not JSON (${type})`);
  try {
    return JSON.parse(textOfBody(reply));
  } catch {
    throw nonsense(reply, "an answer that is not JSON, though it says so");
  }
}

function nonsense(reply: HttpReply, what: string): UnusableReply {
  return new UnusableReply(reply.status, `it sent ${what}: is that URL IPA's?`);
}
