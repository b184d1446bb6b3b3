/**
 * Does one thing with Kerberos and prints what came of it as JSON; run in the lab, from source and within an
 * executable. Exit status: 0, or that of the failure (3 unreachable, 4 unconfigured).
 *
 *   negotiate JSON    {keytab?, principal?, isDefault?, url?, tamper?}: ticket, token, POST of a ping, server's proof
 *   keytab JSON       {keytab?, principal?}: who would log in, and the keys of that keytab
 *   hasty             gets a ticket and exits with 5 without Node's tidying up
 *   hang MS           asks for a ticket and gives up after MS; then the process ends
 *   rounds N          N times ticket, token and release, every fifth one failing; memory on the way
 */
import { readFileSync } from "node:fs";
import { HelperFailure } from "../../../protocol/index.ts";
import { createHttpClient } from "../../../src/http/client.ts";
import { networkFailure } from "../../../src/http/failure.ts";
import { headerOf } from "../../../src/http/http.ts";
import { NetworkError } from "../../../src/http/network-error.ts";
import { readTrust } from "../../../src/http/trust.ts";
import { endHastily } from "../../../src/kerberos/background.ts";
import { KerberosError } from "../../../src/kerberos/error.ts";
import { kerberosFailure } from "../../../src/kerberos/failure.ts";
import type { SecurityContext, Ticket } from "../../../src/kerberos/kerberos.ts";
import { listKeytab } from "../../../src/kerberos/keytab.ts";
import { describeLogin } from "../../../src/kerberos/krb5.ts";
import { systemKerberos } from "../../../src/kerberos/system.ts";

interface Wish {
  readonly keytab?: string;
  readonly principal?: string;
  /** The default ccache instead of a keytab. */
  readonly isDefault?: boolean;
  readonly url?: string;
  /** Change one bit of the server's proof. */
  readonly tamper?: boolean;
}

const statusOf = { rejected: 2, unreachable: 3, unconfigured: 4 } as const;

async function negotiate({ isDefault, url = "https://ipa.example.test/ipa/json", tamper, ...login }: Wish) {
  const client = createHttpClient({ trust: await readTrust({ files: ["/etc/ipa/ca.crt"] }) });
  const target = new URL(url);
  const started = performance.now();
  client.prepare(target);
  const ticket = await (isDefault ? systemKerberos.defaultTicket() : systemKerberos.ticketFromKeytab(login));
  const ticketMs = performance.now() - started;
  const context = ticket.startContext({ mechanism: "SPNEGO", service: "HTTP", host: target.hostname });
  const token = await context.step();
  const tokenMs = performance.now() - started - ticketMs;
  const reply = await client.send({
    method: "POST",
    url: target,
    headers: {
      authorization: `Negotiate ${Buffer.from(token ?? []).toString("base64")}`,
      "content-type": "application/json",
      referer: url,
    },
    body: JSON.stringify({ method: "ping", params: [[], {}] }),
  });
  const proof = Buffer.from(headerOf(reply, "www-authenticate")?.replace("Negotiate ", "") ?? "", "base64");
  const last = proof.length - 1;
  if (tamper) proof[last] = (proof[last] ?? 0) ^ 1;
  await context.step(proof);
  const { principal, realm, isForwardable, expires, clockOffsetSeconds } = ticket;
  const shown = {
    principal,
    realm,
    isForwardable,
    expires,
    clockOffsetSeconds,
    isProved: context.isComplete,
  };
  release(context, ticket);
  client.close();
  return { ...shown, status: reply.status, ticketMs, tokenMs, allMs: performance.now() - started };
}

function release(context: SecurityContext, ticket: Ticket): void {
  context.release();
  ticket.release();
}

async function hang(milliseconds: number) {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  const started = performance.now();
  const given = await systemKerberos.ticketFromKeytab({}, AbortSignal.timeout(milliseconds)).then(
    () => "a ticket",
    (error: unknown) => (error instanceof Error ? error.name : error),
  );
  clearInterval(ticking);
  return { given, ticks, afterMs: performance.now() - started };
}

async function keytab(login: Wish) {
  const { principal, keytab: path } = await describeLogin(login);
  return { principal, path, keys: listKeytab(readFileSync(path)) };
}

async function hasty() {
  (await systemKerberos.ticketFromKeytab({})).release();
  endHastily();
  return { isHasty: true };
}

async function rounds(count: number) {
  const residentMiB = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  const memory: number[] = [];
  for (let round = 0; round <= count; round++) {
    // The fourth of five has a service that the KDC does not know, the fifth a stale key.
    const host = round % 5 === 3 ? "nospn.example.test" : "ipa.example.test";
    const stale = { keytab: `${process.env.LAB}/stale.keytab`, principal: "host/other.example.test" };
    await once(round % 5 === 4 ? stale : {}, host).catch((error: unknown) => {
      if (!(error instanceof KerberosError) || round % 5 < 3) throw error;
    });
    if (round % 100 !== 0) continue;
    globalThis.gc?.();
    memory.push(residentMiB());
  }
  return { memory };
}

async function once(login: Wish, host: string): Promise<void> {
  const ticket = await systemKerberos.ticketFromKeytab(login);
  const context = ticket.startContext({ mechanism: "SPNEGO", service: "HTTP", host });
  try {
    await context.step();
  } finally {
    release(context, ticket);
  }
}

/** What each command does, and the exit status when it succeeds. */
const commands: Readonly<Record<string, { run: (argument: string) => Promise<object>; exitStatus: number }>> =
  {
    negotiate: { run: (wish) => negotiate(JSON.parse(wish)), exitStatus: 0 },
    keytab: { run: (wish) => keytab(JSON.parse(wish)), exitStatus: 0 },
    hasty: { run: hasty, exitStatus: 5 },
    hang: { run: (milliseconds) => hang(Number(milliseconds)), exitStatus: statusOf.unreachable },
    rounds: { run: (count) => rounds(Number(count)), exitStatus: 0 },
  };

function failureOf(error: unknown): HelperFailure {
  if (error instanceof HelperFailure) return error;
  if (error instanceof KerberosError) return kerberosFailure(error);
  if (error instanceof NetworkError) return networkFailure(error);
  throw error;
}

async function main(): Promise<void> {
  const [name = "", argument = ""] = process.argv.slice(2);
  const command = commands[name];
  if (command === undefined) throw new Error(`no command ${name}`);
  try {
    console.log(JSON.stringify(await command.run(argument)));
    process.exit(command.exitStatus);
  } catch (error) {
    const { status, message } = failureOf(error);
    const code = error instanceof KerberosError ? { stage: error.stage, code: error.codeName } : {};
    console.log(JSON.stringify({ failure: { status, message, ...code } }));
    process.exit(statusOf[status]);
  }
}

void main();
