import type { RequestView } from "./request-view.ts";
import { distance } from "./time.ts";

/** Whether a person must look at a request, and what comes next. */
export interface Outlook {
  readonly needsHelp: boolean;
  /** What happens next and when, or what a person must do. */
  readonly next: string;
}

/** certmonger first renews 28 days before the end, unless it is configured otherwise. */
const renewalLeadMs = 28 * 24 * 3600 * 1000;

/** @param at when the daemon itself says that it goes on; certmonger does not tell, ours does */
export function outlookOf(view: RequestView, now: Date, at?: Date): Outlook {
  const again = at === undefined ? "by itself" : distance(at, now);
  const resubmit = `getcert resubmit -i ${view.id}`;
  switch (view.state) {
    case "MONITORING":
      return { needsHelp: isOver(view, now) || view.caError !== undefined, next: renewal(view, now) };
    case "CA_WORKING":
      return { needsHelp: false, next: `asks the CA again ${again}; now: getcert refresh -i ${view.id}` };
    case "CA_UNREACHABLE":
      return { needsHelp: true, next: `tries again ${again}; now: getcert refresh -i ${view.id}` };
    case "CA_REJECTED":
      return { needsHelp: true, next: `nothing, until you ${resubmit}` };
    case "CA_UNCONFIGURED":
      return {
        needsHelp: true,
        next: `nothing: configure the helper of ${view.ca ?? "the CA"}, then ${resubmit}`,
      };
    case "NEED_CA":
      return { needsHelp: true, next: `nothing: there is no such CA; ${resubmit} -c CA` };
    case "NEED_GUIDANCE":
      return {
        needsHelp: true,
        next: `nothing: the helper's answer made no sense, see the log; then ${resubmit}`,
      };
  }
  if (!view.isStuck) return { needsHelp: false, next: "is at work" };
  const missing = view.state.endsWith("PIN")
    ? `give the right PIN: ${resubmit} -p FILE`
    : view.state.endsWith("PERMS")
      ? `let it write where key or certificate go, then ${resubmit}`
      : `make the token available, then ${resubmit}`;
  return { needsHelp: true, next: `nothing: ${missing}` };
}

function isOver({ notAfter }: RequestView, now: Date): boolean {
  return notAfter !== undefined && notAfter <= now;
}

function renewal(view: RequestView, now: Date): string {
  if (!view.isTracked) return "nothing: it is not tracked";
  if (view.notAfter === undefined) return "waits for a certificate";
  const due = new Date(view.notAfter.getTime() - renewalLeadMs);
  const what = view.isRenewed ? "renews" : "warns";
  return due <= now ? `${what} at one of its next looks` : `${what} ${distance(due, now)}`;
}
