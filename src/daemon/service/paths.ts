import { certmonger } from "../../bus/certmonger.ts";
import type { Daemon, TrackedCa, TrackedRequest } from "../interface.ts";

/** `/org/fedorahosted/certmonger/requests/Request1` */
export function requestPath({ number }: Pick<TrackedRequest, "number">): string {
  return `${certmonger.requests}/${requestName({ number })}`;
}

export const requestName = ({ number }: Pick<TrackedRequest, "number">): string => `Request${number}`;

/** `/org/fedorahosted/certmonger/cas/CA1` */
export function caPath({ number }: Pick<TrackedCa, "number">): string {
  return `${certmonger.cas}/${caName({ number })}`;
}

export const caName = ({ number }: Pick<TrackedCa, "number">): string => `CA${number}`;

export function requestAt(daemon: Daemon, path: string): TrackedRequest | undefined {
  return daemon.requestAt(numberIn(path, `${certmonger.requests}/Request`));
}

export function caAt(daemon: Daemon, path: string): TrackedCa | undefined {
  return daemon.caAt(numberIn(path, `${certmonger.cas}/CA`));
}

/** The number after the start of a path; 0, which nothing has, when there is none. */
function numberIn(path: string, start: string): number {
  const rest = path.startsWith(start) ? path.slice(start.length) : "";
  return /^[1-9][0-9]*$/.test(rest) ? Number(rest) : 0;
}
