import { randomUUID } from "node:crypto";
import type { FakeIpaRequest } from "./fake-ipa-request.ts";
import { proofFor, readFakeToken } from "./fake-kerberos.ts";

export interface Refusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Who may ask: the web server in front of IPA. */
export class FakeIpaLogin {
  readonly #passwords: Readonly<Record<string, string>>;
  readonly #name: () => string;
  readonly #usedTokens = new Set<string>();
  /** Principal by cookie. */
  readonly #sessions = new Map<string, string>();

  constructor(passwords: Readonly<Record<string, string>>, name: () => string) {
    this.#passwords = passwords;
    this.#name = name;
  }

  isForLogin({ path }: FakeIpaRequest): boolean {
    return path === "/ipa/session/login_password";
  }

  /** Why a request is not let through to IPA; `undefined` when it is. */
  refusal(request: FakeIpaRequest): Refusal | undefined {
    const { path, headers } = request;
    if (headers.host !== this.#name()) {
      return { status: 301, headers: { location: `http://${this.#name()}${path}` }, body: "" };
    }
    if (path === "/ipa/config/ca.crt" || path === "/ca/rest/authorities") return undefined;
    if (path.startsWith("/ipa/session/") && !headers.referer?.startsWith(`https://${this.#name()}/ipa`)) {
      return { status: 400, headers: {}, body: "<html>denied</html>" };
    }
    if (this.isForLogin(request)) return this.#passwordRefusal(request);
    if (path !== "/ipa/json" && path !== "/ipa/session/json") {
      return this.#principalOf(request) === undefined ? unauthorized : { ...unauthorized, status: 404 };
    }
    return this.#principalOf(request) === undefined ? unauthorized : undefined;
  }

  /** The headers of an answer to a request that was let through, and who asks. */
  accept(request: FakeIpaRequest): { headers: Record<string, string>; principal: string } {
    const principal = this.#principalOf(request) ?? userOf(request) ?? "";
    const token = readFakeToken(request.headers.authorization);
    if (token !== undefined) {
      this.#usedTokens.add(token.nonce);
      return {
        principal,
        headers: { "www-authenticate": `Negotiate ${proofFor(token)}`, ...this.#newSession(principal) },
      };
    }
    return { principal, headers: this.isForLogin(request) ? this.#newSession(principal) : {} };
  }

  #newSession(principal: string): Record<string, string> {
    const cookie = `ipa_session=MagBearerToken=${randomUUID()}`;
    this.#sessions.set(cookie, principal);
    return { "set-cookie": `${cookie};path=/ipa;httponly;secure;` };
  }

  #principalOf({ headers }: FakeIpaRequest): string | undefined {
    const session = this.#sessions.get(headers.cookie ?? "");
    if (session !== undefined) return session;
    const token = readFakeToken(headers.authorization);
    // A token works once, and for the host that it was made for.
    const host = this.#name().split(":")[0];
    if (token === undefined || token.service !== `HTTP@${host}` || this.#usedTokens.has(token.nonce)) {
      return undefined;
    }
    return token.principal;
  }

  #passwordRefusal(request: FakeIpaRequest): Refusal | undefined {
    const form = new URLSearchParams(request.body);
    const isForm = request.headers["content-type"] === "application/x-www-form-urlencoded";
    const [user, password] = [form.get("user"), form.get("password")];
    if (!isForm || user === null || password === null)
      return { status: 400, headers: {}, body: "<html></html>" };
    if (this.#passwords[user] === password) return undefined;
    return {
      status: 401,
      headers: { "x-ipa-rejection-reason": "invalid-password" },
      body: "<html>Invalid Authentication</html>",
    };
  }
}

const userOf = ({ body }: FakeIpaRequest) => new URLSearchParams(body).get("user") ?? undefined;

const unauthorized: Refusal = {
  status: 401,
  headers: { "www-authenticate": "Negotiate" },
  body: "<!DOCTYPE html><html><title>Identity Management</title></html>",
};
