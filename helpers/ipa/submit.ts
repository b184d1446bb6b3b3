import { type EnrollmentRequest, type EnrollmentResult, unreachable } from "../../protocol/index.ts";
import { type Access, type Context, withAccess } from "./access.ts";
import { tryServers } from "./failover.ts";
import type { Machine } from "./machine.ts";
import { hostOf, type Subject } from "./remedy.ts";
import { requestOnce } from "./request-once.ts";
import { readSettings, type Wanted, wantedOf } from "./settings.ts";
import { inTurn, turnsDirectory } from "./turns.ts";

/** Asks IPA for a certificate. IPA has no waiting: it issues at once or refuses. */
export async function submit(
  request: EnrollmentRequest,
  context: Context,
  machine: Machine,
): Promise<EnrollmentResult> {
  const settings = await readSettings(context.options, machine);
  const wanted = wantedOf(context.options, request);
  const { add, dropUnknown, stateDirectory } = context.options;
  // Whoever is told that time ran out wants to know who did not answer.
  let silent = `another request for ${wanted.principal} has its turn`;
  try {
    return await inTurn(wanted.principal, context, () => {
      silent = "no KDC of the realm answers (krb5.conf or DNS names them)";
      return withAccess(settings, machine, context, (access) => {
        const directory = turnsDirectory(stateDirectory);
        const ask = requestOnce(access, { ...wanted, csr: request.csr, add, dropUnknown }, directory);
        silent = "the directory does not answer";
        return tryServers(access, subjectOf(access, wanted), (server) => {
          silent = `${server.name} does not answer`;
          return ask(server);
        });
      });
    });
  } catch (error) {
    const { aborted, reason } = context.signal;
    if (aborted && reason instanceof Error) return unreachable(`${reason.message}: ${silent}`);
    throw error;
  }
}

/** What advice is about: the request, and this machine as the server knows it. */
export function subjectOf({ credentials }: Access, wanted: Wanted): Subject {
  const isHost = "ticket" in credentials && credentials.ticket.principal.startsWith("host/");
  return isHost ? { ...wanted, caller: hostOf(credentials.ticket.principal) } : wanted;
}
