import type { EnrollmentRequest, EnrollmentResult } from "../../protocol/index.ts";
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
  const { add, dropUnknown } = context.options;
  return await inTurn(wanted.principal, context, () =>
    withAccess(settings, machine, context, (access) =>
      tryServers(
        access,
        subjectOf(access, wanted),
        requestOnce(
          access,
          { ...wanted, csr: request.csr, add, dropUnknown },
          turnsDirectory(context.options.stateDirectory),
        ),
      ),
    ),
  );
}

/** What advice is about: the request, and this machine as the server knows it. */
export function subjectOf({ credentials }: Access, wanted: Wanted): Subject {
  const isHost = "ticket" in credentials && credentials.ticket.principal.startsWith("host/");
  return isHost ? { ...wanted, caller: hostOf(credentials.ticket.principal) } : wanted;
}
