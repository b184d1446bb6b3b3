import { randomUUID } from "node:crypto";
import type { Kerberos, SecurityContext, Ticket } from "../../kerberos/kerberos.ts";

/** What a fake token says; the real one proves it. */
export interface FakeToken {
  readonly principal: string;
  readonly service: string;
  readonly nonce: string;
}

/** The token of an `Authorization: Negotiate` header made by `fakeKerberos`; `undefined` for every other one. */
export function readFakeToken(authorization: string | undefined): FakeToken | undefined {
  const base64 = /^Negotiate (\S+)$/.exec(authorization ?? "")?.[1];
  const fields = Buffer.from(base64 ?? "", "base64")
    .toString("utf8")
    .split(" ");
  const [mark, principal, service, nonce] = fields;
  if (mark !== "fake-token" || principal === undefined || service === undefined || nonce === undefined) {
    return undefined;
  }
  return { principal, service, nonce };
}

/** The server's answer to a token, base64. */
export function proofFor({ nonce }: FakeToken): string {
  return Buffer.from(`fake-proof ${nonce}`).toString("base64");
}

/**
 * Kerberos without a KDC, for tests of HTTP's Negotiate: every token names its principal, its service and a number
 * that `startFakeIpa` takes once and must answer with.
 */
export function fakeKerberos(principal: string): Kerberos {
  const ticket: Ticket = {
    principal,
    realm: principal.replace(/^.*@/, ""),
    isForwardable: true,
    clockOffsetSeconds: 0,
    startContext: ({ service, host }) => new FakeContext(principal, `${service}@${host}`),
    release() {},
  };
  return {
    ticketFromKeytab: async () => ticket,
    defaultTicket: async () => ticket,
    describeLogin: async ({ keytab = "/etc/krb5.keytab", principal: wanted = principal }) => ({
      principal: wanted,
      keytab,
    }),
  };
}

class FakeContext implements SecurityContext {
  isComplete = false;
  readonly #token: FakeToken;

  constructor(principal: string, service: string) {
    this.#token = { principal, service, nonce: randomUUID() };
  }

  async step(proof?: Uint8Array): Promise<Uint8Array | undefined> {
    if (proof === undefined) {
      const { principal, service, nonce } = this.#token;
      return Buffer.from(`fake-token ${principal} ${service} ${nonce}`);
    }
    if (Buffer.from(proof).toString("base64") !== proofFor(this.#token)) {
      throw new Error("the fake server's proof is wrong");
    }
    this.isComplete = true;
    return undefined;
  }

  wrap(): Uint8Array {
    throw new Error("the fake protects no messages");
  }

  unwrap(): Uint8Array {
    throw new Error("the fake protects no messages");
  }

  release(): void {}
}
