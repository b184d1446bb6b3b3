import { hash } from "node:crypto";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CertRequest } from "./cert-request.ts";

/** certmonger asks again after seven days at the latest; what is older is nobody's any more. */
const longestMs = 8 * 24 * 60 * 60 * 1_000;

/** A request that was sent and whose answer has not come. The server may have issued a certificate for it. */
export interface OpenQuestion {
  /** When it was asked first; `undefined` when no earlier run left it open. */
  readonly since: Date | undefined;
  /** The request is about to be sent. */
  ask(): void;
  /** Its answer is here, whatever it is. */
  close(): void;
}

/**
 * The mark of a request, an empty file whose time is that of the first try. It stands while the request is under way, so
 * it is there afterwards when the run was killed meanwhile. Losing it costs a second certificate at most.
 *
 * @param directory one that only one run for this principal uses at a time
 */
export function openQuestion(directory: string, request: CertRequest, now: () => Date): OpenQuestion {
  const { csr, principal, profile, issuer } = request;
  const identity = JSON.stringify([csr, principal.toLowerCase(), profile, issuer]);
  const path = join(directory, `${hash("sha256", identity).slice(0, 32)}.asked`);
  const asked = orNot(() => statSync(path, { throwIfNoEntry: false })?.mtime);
  const isOld = asked !== undefined && now().getTime() - asked.getTime() > longestMs;
  const since = isOld ? undefined : asked;
  let isMarked = since !== undefined;
  return {
    since,
    ask() {
      if (isMarked) return;
      isMarked = true;
      orNot(() => writeFileSync(path, "", { mode: 0o600 }));
    },
    close() {
      if (isMarked) orNot(() => rmSync(path, { force: true }));
      isMarked = false;
    },
  };
}

/** A directory that can not be written to is complained of elsewhere. */
function orNot<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
