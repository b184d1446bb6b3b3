import { inBackground } from "./background.ts";
import { Cleanup } from "./cleanup.ts";
import { KerberosError, type KerberosStage } from "./error.ts";
import type { KeytabLogin } from "./kerberos.ts";
import { allocateCredentials, readCredentials, setParties, type TicketFacts } from "./krb5-credentials.ts";
import { krb5, type Out, outPointer } from "./krb5-library.ts";
import { ffi, type Pointer } from "./native.ts";

/** A ccache with what belongs to it. */
export interface OpenCcache {
  /** `MEMORY:…` of this process; absent for the default ccache. */
  readonly name?: string;
  readonly principal: string;
  /** Absent when it holds no ticket-granting ticket. */
  readonly ticket?: TicketFacts;
  readonly clockOffsetSeconds: number;
  /** libkrb5's reason why there is no ticket for a service; `undefined` when there is one. */
  whyNoTicket(service: string, host: string): Promise<KerberosError | undefined>;
  /** Releases all this, and what else is added. */
  readonly cleanup: Cleanup;
}

/** KRB5_NT_SRV_HST: the name of a service and a host. */
const serviceAndHost = 3;

let ccacheCount = 0;

/**
 * A ticket from the KDC in a ccache of its own, as certmonger's helper gets it: default keytab and `host/` with
 * this machine's name unless told otherwise, and forwardable whatever krb5.conf says.
 *
 * @param meanwhile runs while the KDC is being asked, and does not throw
 * @see certmonger 0.79.21 src/submit-u.c, cm_submit_make_ccache
 */
export async function openKeytabCcache(
  { keytab, principal }: KeytabLogin,
  meanwhile: () => void,
): Promise<OpenCcache> {
  const session = new Session();
  try {
    const who = await session.principal(principal);
    const name = session.textOf(who);
    const file = session.keytab(keytab);
    const credentials = session.allocateCredentials();
    const options = session.ticketOptions();
    const what = `no ticket for ${name} with ${keytab === undefined ? "the default keytab" : "keytab"} ${session.keytabPath(file)}`;
    const { context, call } = session;
    const asking = call("ticket", what, krb5().getInitCredsKeytab, credentials, who, file, 0, null, options);
    meanwhile();
    await asking;
    session.cleanup.add(() => krb5().freeCredContents(context, credentials));

    const ccacheName = `MEMORY:certmonger-helper-${process.pid}-${ccacheCount++}`;
    const ccache = outPointer();
    session.check("ccache", "no ccache in memory", krb5().ccResolve(context, ccacheName, ccache));
    session.cleanup.add(() => krb5().ccDestroy(context, ccache[0]));
    session.check("ccache", "no ccache in memory", krb5().ccInitialize(context, ccache[0], who));
    session.check("ccache", "no ccache in memory", krb5().ccStoreCred(context, ccache[0], credentials));
    return {
      name: ccacheName,
      principal: name,
      ticket: readCredentials(credentials),
      clockOffsetSeconds: session.clockOffsetSeconds(),
      whyNoTicket: (service, host) => session.whyNoTicket(ccache[0], who, service, host),
      cleanup: session.cleanup,
    };
  } catch (error) {
    session.cleanup.run();
    throw error;
  }
}

/**
 * Who would log in with which keytab, without asking a KDC: what is not given is what libkrb5 takes.
 *
 * @throws {KerberosError}
 */
export async function describeLogin(login: KeytabLogin): Promise<{ principal: string; keytab: string }> {
  const session = new Session();
  try {
    const keytab = session.keytabPath(session.keytab(login.keytab));
    return { principal: session.textOf(await session.principal(login.principal)), keytab };
  } finally {
    session.cleanup.run();
  }
}

/** The default ccache, for the principal in it. */
export async function openDefaultCcache(): Promise<OpenCcache> {
  const session = new Session();
  try {
    const { context, call, cleanup } = session;
    const ccache = outPointer();
    await call("ccache", "no default ccache", krb5().ccDefault, ccache);
    cleanup.add(() => krb5().ccClose(context, ccache[0]));
    const who = outPointer();
    await call("ccache", "no tickets", krb5().ccGetPrincipal, ccache[0], who);
    cleanup.add(() => krb5().freePrincipal(context, who[0]));
    const name = session.textOf(who[0]);
    const ticket = await session.ticketGrantingTicket(ccache[0], who[0], name);
    return {
      principal: name,
      ...(ticket !== undefined && { ticket }),
      clockOffsetSeconds: session.clockOffsetSeconds(),
      whyNoTicket: (service, host) => session.whyNoTicket(ccache[0], who[0], service, host),
      cleanup,
    };
  } catch (error) {
    session.cleanup.run();
    throw error;
  }
}

/** A krb5_context and what was made with it; used by one call at a time. */
class Session {
  readonly cleanup = new Cleanup();
  readonly context: Pointer;

  constructor() {
    const context = outPointer();
    const code = krb5().initContext(context);
    // libkrb5 takes a null context here: it then knows the code's general text only.
    this.context = code === 0 ? context[0] : null;
    if (code === 0) this.cleanup.add(() => krb5().freeContext(this.context));
    this.check("configuration", "Kerberos can not be set up", code);
  }

  check(stage: KerberosStage, what: string, code: number): void {
    if (code !== 0) throw new KerberosError(stage, code, what, errorText(this.context, code));
  }

  /** Calls a function that may wait; its first argument is the context. */
  call = async <A extends unknown[]>(
    stage: KerberosStage,
    what: string,
    nativeCall: {
      (context: Pointer, ...args: A): number;
      async(context: Pointer, ...args: [...A, callback: (error: Error | null, result: number) => void]): void;
    },
    ...args: A
  ): Promise<void> => {
    this.check(stage, what, await inBackground<[Pointer, ...A], number>(nativeCall, this.context, ...args));
  };

  async principal(name: string | undefined): Promise<Pointer> {
    const principal = outPointer();
    if (name === undefined) {
      const what = "no principal for this machine";
      await this.call("login", what, krb5().snameToPrincipal, null, "host", serviceAndHost, principal);
    } else {
      this.check("login", `principal ${name}`, krb5().parseName(this.context, name, principal));
    }
    this.cleanup.add(() => krb5().freePrincipal(this.context, principal[0]));
    return principal[0];
  }

  keytab(name: string | undefined): Pointer {
    const keytab = outPointer();
    const code =
      name === undefined
        ? krb5().ktDefault(this.context, keytab)
        : krb5().ktResolve(this.context, name, keytab);
    this.check("login", name === undefined ? "default keytab" : `keytab ${name}`, code);
    this.cleanup.add(() => krb5().ktClose(this.context, keytab[0]));
    return keytab[0];
  }

  /** Where a keytab is: a path, or a type and a name. */
  keytabPath(keytab: Pointer): string {
    const name = Buffer.alloc(1024);
    this.check("login", "the keytab has no name", krb5().ktGetName(this.context, keytab, name, name.length));
    return name.toString("utf8", 0, name.indexOf(0)).replace(/^FILE:/, "");
  }

  ticketOptions(): Pointer {
    const options = outPointer();
    this.check("configuration", "no options for a ticket", krb5().optAlloc(this.context, options));
    this.cleanup.add(() => krb5().optFree(this.context, options[0]));
    krb5().optSetForwardable(options[0], 1);
    return options[0];
  }

  allocateCredentials(): Pointer {
    const credentials = allocateCredentials();
    this.cleanup.add(() => ffi().free(credentials));
    return credentials;
  }

  /** A principal's name with its realm, special characters escaped. */
  textOf(principal: Pointer): string {
    const name = outPointer();
    this.check("login", "the principal has no name", krb5().unparseName(this.context, principal, name));
    const text: string = ffi().decode(name[0], "char", -1);
    krb5().freeUnparsedName(this.context, name[0]);
    return text;
  }

  /** Facts of the ticket-granting ticket in a ccache; `undefined` when there is none. */
  async ticketGrantingTicket(
    ccache: Pointer,
    client: Pointer,
    clientName: string,
  ): Promise<TicketFacts | undefined> {
    const realm = realmOf(clientName);
    const server = await this.principal(`krbtgt/${realm}@${realm}`);
    const wanted = this.allocateCredentials();
    setParties(wanted, client, server);
    const found = this.allocateCredentials();
    const code = await inBackground(krb5().ccRetrieveCred, this.context, ccache, 0, wanted, found);
    if (code !== 0) return undefined;
    this.cleanup.add(() => krb5().freeCredContents(this.context, found));
    return readCredentials(found);
  }

  /**
   * Asks for a ticket for a service once more, without GSS-API, which keeps the reason to itself: its SPNEGO
   * gives numbers of its own for libkrb5's codes (measured). One at a time, as is the rule for a krb5_context.
   */
  whyNoTicket(...target: Parameters<Session["askAgain"]>): Promise<KerberosError | undefined> {
    const asking = this.#lastAsked.then(() => this.askAgain(...target));
    this.#lastAsked = asking.catch(() => undefined);
    return asking;
  }

  #lastAsked: Promise<unknown> = Promise.resolve();

  async askAgain(
    ccache: Pointer,
    client: Pointer,
    service: string,
    host: string,
  ): Promise<KerberosError | undefined> {
    try {
      const what = `no ticket for ${service}@${host}`;
      const server = outPointer();
      await this.call("service-ticket", what, krb5().snameToPrincipal, host, service, serviceAndHost, server);
      this.cleanup.add(() => krb5().freePrincipal(this.context, server[0]));
      const wanted = this.allocateCredentials();
      setParties(wanted, client, server[0]);
      const found = outPointer();
      await this.call("service-ticket", what, krb5().getCredentials, 0, ccache, wanted, found);
      this.cleanup.add(() => krb5().freeCreds(this.context, found[0]));
      return undefined;
    } catch (error) {
      if (error instanceof KerberosError) return error;
      throw error;
    }
  }

  clockOffsetSeconds(): number {
    const seconds: Out<number> = [0];
    this.check("configuration", "no clock", krb5().getTimeOffsets(this.context, seconds, [0]));
    return seconds[0];
  }
}

/** libkrb5's words for a code, with the names that the context remembers of its last error. */
function errorText(context: Pointer, code: number): string {
  const message = krb5().getErrorMessage(context, code);
  const text: string = ffi().decode(message, "char", -1);
  krb5().freeErrorMessage(context, message);
  return text;
}

/** What comes after the last `@` that is not escaped. */
export function realmOf(principal: string): string {
  return /(?:^|[^\\])(?:\\\\)*@((?:[^@\\]|\\.)*)$/.exec(principal)?.[1]?.replace(/\\(.)/g, "$1") ?? "";
}
