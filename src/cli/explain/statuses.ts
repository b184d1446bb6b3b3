import { ExitStatus, type ExitStatusName } from "../../../protocol/index.ts";

/** What an exit status of a helper says, and what certmonger makes of it. */
export interface StatusMeaning {
  /** What the helper says with it. */
  readonly says: string;
  /** What has to be on stdout. */
  readonly stdout: string;
  /** After SUBMIT and POLL: the state of the request, and when the helper is asked again. */
  readonly enrollment: string;
  /** After one of the eight questions about the CA. */
  readonly question: string;
}

const stuck = "It stays so until a person acts (getcert resubmit).";

/** @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry and cm_iterate_ca; measured on 0.79.17 and 0.79.21 */
export const statusMeanings: Readonly<Record<ExitStatusName, StatusMeaning>> = {
  issued: {
    says: "the certificate is issued; or, to a question: here is the answer",
    stdout: "the certificate and its chain (PEM, PKCS#7 or JSON); or the answer",
    enrollment:
      "NEED_TO_SAVE_CERT, and MONITORING once it is saved. Nothing is checked: not the key, not the names, not the " +
      "time. Without a certificate in the output NEED_GUIDANCE; with a PEM block that never ends certmonger hangs.",
    question: "The answer replaces what was stored. Empty output clears it.",
  },
  wait: {
    says: "not yet: ask again later with this cookie",
    stdout: "the cookie, one line",
    enrollment:
      "CA_WORKING. POLL with the cookie in 7 days; where a certificate with less than 14 days left is there, after half " +
      "of that time, at least 5 minutes. Without any output NEED_GUIDANCE; with an empty line the next run is a SUBMIT.",
    question: "Asked again in 6 hours.",
  },
  rejected: {
    says: "the CA said no",
    stdout: "the reason; its first line is shown as ca-error",
    enrollment:
      "CA_REJECTED for good, if there is no certificate yet; it takes a getcert resubmit. A renewal goes back to " +
      "MONITORING and is tried again at the next threshold, perhaps in weeks. The cookie is dropped.",
    question: "Not asked again until a restart or getcert refresh-ca. What was stored stays.",
  },
  unreachable: {
    says: "the CA could not be asked, or failed",
    stdout: "the reason; its first line is shown as ca-error",
    enrollment:
      "CA_UNREACHABLE. Tried again after the same time as with 1, and sooner after a change of network routes, with " +
      "getcert refresh, or at a restart. The cookie is kept, so a POLL stays a POLL.",
    question: "Asked again in 6 hours, or after a change of network routes. What was stored stays.",
  },
  unconfigured: {
    says: "the helper lacks configuration",
    stdout: "what is missing; its first line is shown as ca-error",
    enrollment:
      "CA_UNCONFIGURED, if there is no certificate yet: not tried again before a restart or a getcert resubmit. A renewal " +
      "goes back to MONITORING and is tried again at the next threshold. The cookie is dropped.",
    question: "Asked again in 6 hours. What was stored stays.",
  },
  waitWithDelay: {
    says: "not yet: ask again in so many seconds with this cookie",
    stdout: "the seconds alone on the first line, then the cookie",
    enrollment:
      "CA_WORKING. POLL after that time; SUBMIT if there is no cookie. A negative number stands for the delay of 1. " +
      "A first line that is no whole number means NEED_GUIDANCE.",
    question: "Asked again after that time.",
  },
  unsupported: {
    says: "this helper does not know the operation",
    stdout: "nothing",
    enrollment: `NEED_GUIDANCE: never an answer to SUBMIT or POLL. ${stuck}`,
    question:
      "Not asked again until a restart or getcert refresh-ca. Stored roots and SCEP data are dropped, other data stays.",
  },
  needScepMessages: {
    says: "fresh SCEP messages are needed",
    stdout: "nothing",
    enrollment:
      "NEED_SCEP_DATA: certmonger makes the messages with the RA certificate from FETCH-SCEP-CA-CERTS and runs the " +
      "helper again at once. Without that certificate NEED_SCEP_ENCRYPTION_CERT, with a key that is not RSA " +
      "NEED_SCEP_RSA_CLIENT_KEY: both until a person acts.",
    question: "No meaning: what was stored stays.",
  },
  needRekey: {
    says: "the CA wants another key",
    stdout: "nothing",
    enrollment:
      "NEED_KEY_PAIR: a new key and a new CSR, then SUBMIT, 30 seconds later. It is not counted: a helper that always " +
      "says so makes keys for ever.",
    question: "No meaning: what was stored stays.",
  },
};

/** Every number that is not in the protocol, 126 and 127 of a shell and crashes among them. */
export const otherStatus: StatusMeaning = {
  says: "nothing that certmonger knows",
  stdout: "whatever it is, its first line is shown as ca-error",
  enrollment: `NEED_GUIDANCE. ${stuck}`,
  question: "What was stored stays.",
};

/** The meaning of any exit status, with its name where it has one. */
export function explainStatus(status: number): { name?: ExitStatusName; meaning: StatusMeaning } {
  for (const [name, meaning] of Object.entries(statusMeanings)) {
    if (isName(name) && ExitStatus[name] === status) {
      return { name, meaning };
    }
  }
  return { meaning: otherStatus };
}

function isName(name: string): name is ExitStatusName {
  return name in ExitStatus;
}
