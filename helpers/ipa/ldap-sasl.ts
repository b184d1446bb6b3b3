import { KerberosError } from "../../src/kerberos/error.ts";
import type { SecurityContext, Ticket } from "../../src/kerberos/kerberos.ts";

/** How messages are protected once both sides are known; the numbers are RFC 4752's. */
export const SecurityLayer = { none: 1, integrity: 2, privacy: 4 } as const;
export type SecurityLayer = (typeof SecurityLayer)[keyof typeof SecurityLayer];

/** A connection's protection, as it was agreed on. */
export interface Protection {
  readonly layer: SecurityLayer;
  protect(message: Uint8Array): Uint8Array;
  /** @throws {KerberosError} when a packet was changed on its way */
  unprotect(packet: Uint8Array): Uint8Array;
  release(): void;
}

/** One round of a bind: our credentials, the server's. `isDone` when it says success. */
export type BindRound = (credentials: Uint8Array) => Promise<{ isDone: boolean; credentials: Uint8Array }>;

/** As large as the field can say: the server then need not split its answers. */
const maximumPacket = 0xffffff;
const nothing = new Uint8Array(0);

/**
 * Proves to an LDAP server who we are, and it to us, and agrees on the strongest layer that it offers: that
 * layer is what protects the certificates that are read. A server may insist on it although there is TLS (389-ds
 * with `nsslapd-minssf`: measured).
 *
 * @param isPrivate whether TLS or the machine itself protects the connection already; if not, no layer is no answer
 * @throws {KerberosError}
 * @see RFC 4752 section 3.1
 */
export async function bindGssapi(
  ticket: Ticket,
  { host, isPrivate, signal }: { host: string; isPrivate: boolean; signal?: AbortSignal },
  round: BindRound,
): Promise<Protection> {
  const context = ticket.startContext({ mechanism: "krb5", service: "ldap", host });
  try {
    let reply = await round((await context.step(undefined, signal)) ?? nothing);
    while (!context.isComplete) {
      if (reply.isDone) throw refused(host, "the server ended the bind before it proved who it is");
      reply = await round((await context.step(reply.credentials, signal)) ?? nothing);
    }
    const offer = context.unwrap(reply.credentials);
    const layer = chooseLayer(offer[0] ?? 0, isPrivate, host);
    const size = layer === SecurityLayer.none ? 0 : maximumPacket;
    const answer = Buffer.alloc(4);
    answer.writeUInt32BE(layer * 0x1000000 + size);
    const { isDone } = await round(context.wrap(answer, { isConfidential: false }));
    if (!isDone) throw refused(host, "the server does not end the bind");
    return protection(context, layer);
  } catch (error) {
    context.release();
    throw error;
  }
}

function chooseLayer(offered: number, isPrivate: boolean, host: string): SecurityLayer {
  const acceptable = [
    SecurityLayer.privacy,
    SecurityLayer.integrity,
    ...(isPrivate ? [SecurityLayer.none] : []),
  ];
  const layer = acceptable.find((one) => (offered & one) !== 0);
  if (layer === undefined)
    throw refused(host, "the server protects nothing, and there is no TLS: use ldaps://");
  return layer;
}

const refused = (host: string, why: string) => new KerberosError("message", 0, `ldap@${host}`, why);

function protection(context: SecurityContext, layer: SecurityLayer): Protection {
  return {
    layer,
    protect(message) {
      if (layer === SecurityLayer.none) return message;
      const token = context.wrap(message, { isConfidential: layer === SecurityLayer.privacy });
      const length = Buffer.alloc(4);
      length.writeUInt32BE(token.length);
      return Buffer.concat([length, token]);
    },
    unprotect: (packet) => context.unwrap(packet.subarray(4)),
    release: () => context.release(),
  };
}
