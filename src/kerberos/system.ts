import { untilAborted } from "./background.ts";
import { acquireCredential, Context } from "./gss.ts";
import type { ContextTarget, Kerberos, KeytabLogin, SecurityContext, Ticket } from "./kerberos.ts";
import { describeLogin, type OpenCcache, openDefaultCcache, openKeytabCcache, realmOf } from "./krb5.ts";
import type { Pointer } from "./native.ts";

/** Kerberos by the MIT libraries of the system, which are opened when the first ticket is asked for. */
export const systemKerberos: Kerberos = {
  ticketFromKeytab(from: KeytabLogin, signal?: AbortSignal, meanwhile?: () => void) {
    const opening = openKeytabCcache(from, () => meanwhile?.());
    return untilAborted(ticketOf(opening), signal, (ticket) => ticket.release());
  },
  defaultTicket: (signal?: AbortSignal) =>
    untilAborted(ticketOf(openDefaultCcache()), signal, (ticket) => ticket.release()),
  describeLogin,
};

async function ticketOf(opening: Promise<OpenCcache>): Promise<Ticket> {
  const ccache = await opening;
  try {
    return new CcacheTicket(ccache, acquireCredential(ccache));
  } catch (error) {
    ccache.cleanup.run();
    throw error;
  }
}

class CcacheTicket implements Ticket {
  readonly principal: string;
  readonly realm: string;
  readonly isForwardable?: boolean;
  readonly expires?: Date;
  readonly clockOffsetSeconds: number;
  readonly #ccache: OpenCcache;
  readonly #credential: Pointer;

  constructor(ccache: OpenCcache, credential: Pointer) {
    this.principal = ccache.principal;
    this.realm = realmOf(ccache.principal);
    if (ccache.ticket !== undefined) {
      this.isForwardable = ccache.ticket.isForwardable;
      this.expires = ccache.ticket.expires;
    }
    this.clockOffsetSeconds = ccache.clockOffsetSeconds;
    this.#ccache = ccache;
    this.#credential = credential;
  }

  startContext(target: ContextTarget): SecurityContext {
    return new Context(this.#ccache, this.#credential, target);
  }

  release(): void {
    this.#ccache.cleanup.run();
  }
}
