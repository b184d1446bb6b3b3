/**
 * Kerberos as a helper needs it: a ticket, and with it a proof for one request or one connection.
 *
 * `systemKerberos` in `system.ts` does it with the system's MIT libraries; a test may hand in its own.
 */
export interface Kerberos {
  /**
   * Asks the KDC for a forwardable ticket, and keeps it in a ccache in memory.
   *
   * Forwardable whatever krb5.conf says: FreeIPA's server reaches its directory as the caller by S4U2Proxy,
   * which needs that.
   *
   * @param meanwhile runs when the KDC is being asked; not at all when it does not come to that
   * @throws {KerberosError}
   */
  ticketFromKeytab(from: KeytabLogin, signal?: AbortSignal, meanwhile?: () => void): Promise<Ticket>;

  /**
   * The tickets that are already there, in the default ccache (`KRB5CCNAME`, or what krb5.conf says).
   *
   * @throws {KerberosError} when there is no ccache
   */
  defaultTicket(signal?: AbortSignal): Promise<Ticket>;

  /**
   * Who would log in with which keytab, without asking a KDC: what is not given is what krb5.conf and this machine's
   * name say.
   *
   * @throws {KerberosError}
   */
  describeLogin(from: KeytabLogin): Promise<{ readonly principal: string; readonly keytab: string }>;
}

export interface KeytabLogin {
  /** A path, or a type and a name as in `FILE:/etc/krb5.keytab`; absent: the default keytab. */
  readonly keytab?: string;
  /** Absent: `host/` and the name of this machine. */
  readonly principal?: string;
}

/** Whoever holds one releases it: it is memory of C. */
export interface Ticket {
  /** With its realm: `host/client.example.test@EXAMPLE.TEST`. */
  readonly principal: string;
  readonly realm: string;
  /** Absent when the ccache holds no ticket-granting ticket. */
  readonly isForwardable?: boolean;
  readonly expires?: Date;
  /** How far the KDC's clock is ahead of this machine's, as far as the KDC's answer has shown it. */
  readonly clockOffsetSeconds: number;
  startContext(target: ContextTarget): SecurityContext;
  release(): void;
}

export interface ContextTarget {
  /** `SPNEGO` for HTTP's Negotiate (RFC 4559), `krb5` for SASL's GSSAPI (RFC 4752). */
  readonly mechanism: "SPNEGO" | "krb5";
  readonly service: "HTTP" | "ldap";
  /** The host as the URL names it; it is not looked up backwards where krb5.conf says `rdns = false`. */
  readonly host: string;
}

/** One exchange with one server: a token can be used once, so every request and every retry starts anew. */
export interface SecurityContext {
  /** Whether both sides have proved who they are. */
  readonly isComplete: boolean;
  /**
   * The next token to send, after taking the one that the server sent; `undefined` when there is none to send.
   * The first step takes none.
   *
   * @throws {KerberosError} also when the server's proof is wrong or missing
   */
  step(token?: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** @throws {KerberosError} */
  wrap(message: Uint8Array, options: { readonly isConfidential: boolean }): Uint8Array;
  /** @throws {KerberosError} when the message was changed on its way, or comes twice */
  unwrap(message: Uint8Array): Uint8Array;
  release(): void;
}
