import { type HttpReply, headerOf } from "../../src/http/http.ts";
import type { Kerberos, Ticket } from "../../src/kerberos/kerberos.ts";
import { type IpaError, UnusableReply } from "./ipa-error.ts";
import type { Machine } from "./machine.ts";
import type { Login } from "./settings.ts";

/** What the server is shown: tickets, or a user and a password. */
export type Credentials = { readonly ticket: Ticket } | Extract<Login, { readonly by: "password" }>;

/**
 * Gets the ticket.
 *
 * @param meanwhile runs when a KDC is being asked; not at all when it does not come to that
 * @throws {KerberosError}
 */
export async function openCredentials(
  login: Login,
  machine: Pick<Machine, "loadKerberos" | "hideMemory">,
  signal: AbortSignal,
  meanwhile?: () => void,
): Promise<Credentials> {
  await machine.hideMemory();
  if (login.by === "password") return login;
  const kerberos = await machine.loadKerberos();
  return { ticket: await ticketBy(login, kerberos, signal, meanwhile) };
}

function ticketBy(
  login: Exclude<Login, { by: "password" }>,
  kerberos: Kerberos,
  signal: AbortSignal,
  meanwhile: (() => void) | undefined,
): Promise<Ticket> {
  if (login.by === "ccache") return kerberos.defaultTicket(signal);
  const { by: _, ...from } = login;
  return kerberos.ticketFromKeytab(from, signal, meanwhile);
}

/**
 * Sends a request with `Authorization: Negotiate` (RFC 4559), at once and not only after a 401, and checks the
 * server's proof. A token can be used once, hence a new context each time.
 *
 * @throws {KerberosError} when there is no ticket for the server, or its proof is wrong
 */
export async function sendWithTicket(
  ticket: Ticket,
  host: string,
  send: (headers: Record<string, string>) => Promise<HttpReply>,
  signal: AbortSignal,
): Promise<HttpReply> {
  const context = ticket.startContext({ mechanism: "SPNEGO", service: "HTTP", host });
  try {
    const token = await context.step(undefined, signal);
    const reply = await send({
      Authorization: `Negotiate ${Buffer.from(token ?? new Uint8Array()).toString("base64")}`,
    });
    const proof = /^Negotiate +([A-Za-z0-9+/=]+)/i.exec(headerOf(reply, "www-authenticate") ?? "")?.[1];
    // With a 401 it is the reason: "the key of the server has changed", say.
    if (proof !== undefined) await context.step(Buffer.from(proof, "base64"), signal);
    // A page of something in between has no proof, and is no answer either.
    if (reply.status === 200 && isJson(reply) && !context.isComplete) {
      throw new UnusableReply(200, "the server did not prove that it is the one of its Kerberos principal");
    }
    return reply;
  } finally {
    context.release();
  }
}

/** Whether a reply says of itself that it is JSON; nothing else is read as an answer. */
export function isJson(reply: HttpReply): boolean {
  return /^application\/json\b/i.test(headerOf(reply, "content-type") ?? "");
}

/** `POST /ipa/session/login_password`, which answers with a session cookie. */
export function passwordForm({ user, password }: Extract<Login, { by: "password" }>): string {
  return new URLSearchParams({ user, password: password.reveal() }).toString();
}

/** Why the login page refuses (FreeIPA ipaserver/rpcserver.py; the first two seen on 4.9.11). */
const rejections: Readonly<Record<string, string>> = {
  "invalid-password": "the password is wrong, or there is no such user",
  "password-expired": "the password has expired: change it first",
  "krbprincipal-expired": "the user's principal has expired: extend it on the server",
  "user-locked": "the user is locked: unlock it on the server (ipa user-unlock)",
  denied: "the server can not act for this ticket: it is not forwardable, get one with kinit -f",
};

/** What a 401 says, as far as the server gives a reason. */
export function reasonOf401(reply: HttpReply): string {
  const reason = headerOf(reply, "x-ipa-rejection-reason");
  if (reason !== undefined) return rejections[reason] ?? reason;
  return (
    "it did not accept the login (401): see its web server's log; " +
    "a wrong clock, a server's old keytab or its gssproxy being down look like this"
  );
}

/** The session cookie of a reply, without its attributes; it is as good as the login, and stays in memory. */
export function sessionCookieOf(reply: HttpReply): string | undefined {
  for (const line of reply.headers["set-cookie"] ?? []) {
    const cookie = /^(ipa_session=[^;]+)/.exec(line)?.[1];
    if (cookie !== undefined) return cookie;
  }
  return undefined;
}

/** Whether the server could not use the ticket for its directory: it answers so to one that is not forwardable. */
export function isNotForwardable(error: IpaError): boolean {
  return error.code === 2100 && /Credential cache is empty/.test(error.info);
}
