import type { RequestView } from "./request-view.ts";
import { distance } from "./time.ts";

/** Whether a person must look at a request, and what comes next. */
export interface Outlook {
  readonly needsHelp: boolean;
  /** What happens next and when, or what a person must do. */
  readonly next: string;
}

const hourMs = 3600 * 1000;
/** How long before the end certmonger renews or warns, unless it is configured otherwise. */
const thresholdsMs = [28 * 24, 7 * 24, 3 * 24, 2 * 24, 24, 12, 6, 2, 1].map((hours) => hours * hourMs);

/** @param at when the daemon itself says that it goes on; certmonger does not tell, ours does */
export function outlookOf(view: RequestView, now: Date, at?: Date): Outlook {
  const again = at === undefined ? "by itself" : distance(at, now);
  const resubmit = `getcert resubmit -i ${view.id}`;
  switch (view.state) {
    case "MONITORING":
      return watched(view, now);
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
        next: `nothing, until that is mended (the daemon's log may say more); then ${resubmit}`,
      };
  }
  // It failed, and waits to try it again.
  if (!view.isStuck && at !== undefined) return { needsHelp: true, next: `tries again ${again}` };
  if (!view.isStuck) return { needsHelp: view.caError !== undefined, next: "is at work" };
  const missing = view.state.endsWith("PIN")
    ? `give the right PIN: ${resubmit} -p FILE`
    : view.state.endsWith("PERMS")
      ? `let it write where key or certificate go, then ${resubmit}`
      : `make the token available, then ${resubmit}`;
  return { needsHelp: true, next: `nothing: ${missing}` };
}

/** What becomes of a certificate that is there. */
function watched({ id, isTracked, isRenewed, notAfter, caError }: RequestView, now: Date): Outlook {
  const byHand = `getcert resubmit -i ${id}`;
  if (!isTracked) return { needsHelp: false, next: "nothing: it is not tracked" };
  if (notAfter === undefined) return { needsHelp: caError !== undefined, next: "waits for a certificate" };
  if (notAfter <= now) return { needsHelp: true, next: `its time is over; now: ${byHand}` };
  const times = thresholdsMs.map((lead) => new Date(notAfter.getTime() - lead));
  const due = times.find((time) => time > now);
  const isNear = due !== times[0];
  if (due === undefined) return { needsHelp: true, next: `nothing more before its end; now: ${byHand}` };
  const when = distance(due, now);
  if (!isRenewed) {
    const hint = isNear ? `; nobody renews it but you: ${byHand}` : "";
    return { needsHelp: isNear || caError !== undefined, next: `warns ${when}${hint}` };
  }
  // Past the first threshold without a word of the CA: it was issued for a shorter time, and has been renewed once.
  if (caError === undefined) return { needsHelp: false, next: `renews ${when}` };
  return { needsHelp: true, next: `renews ${when}; now: ${byHand}` };
}
