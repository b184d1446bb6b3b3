import type { HelperRun } from "../../testing/invoke-helper.ts";

/** What certmonger would do after a run with SUBMIT or POLL. */
export interface Consequence {
  /** The state in which the request would be. */
  readonly state: string;
  /** One sentence for a person. */
  readonly action: string;
}

/**
 * @param isRenewal whether there is a certificate already
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry; measured on 0.79.17 and 0.79.21
 */
export function consequenceOf(helperRun: HelperRun, isRenewal: boolean): Consequence {
  const { result } = helperRun;
  if (result === undefined) {
    return withoutResult(helperRun);
  }
  switch (result.status) {
    case "issued":
      return { state: "NEED_TO_SAVE_CERT", action: "takes the certificate unseen and saves it" };
    case "wait":
      return {
        state: "CA_WORKING",
        action: `runs the helper with ${result.cookie === "" ? "SUBMIT" : "POLL"} ${waitTime(result.delaySeconds)}`,
      };
    case "rejected":
      return isRenewal
        ? {
            state: "MONITORING",
            action: "keeps the old certificate; tries again at the next threshold before its end",
          }
        : { state: "CA_REJECTED", action: "gives up until a person says getcert resubmit" };
    case "unreachable":
      return {
        state: "CA_UNREACHABLE",
        action: "tries again in 7 days (sooner when the certificate ends soon, or the network routes change)",
      };
    case "unconfigured":
      return isRenewal
        ? {
            state: "MONITORING",
            action: "keeps the old certificate; tries again at the next threshold before its end",
          }
        : { state: "CA_UNCONFIGURED", action: "waits for a restart or a getcert resubmit" };
    case "need-scep-messages":
      return {
        state: "NEED_SCEP_DATA",
        action: "makes SCEP messages with the CA's RA certificate and runs the helper again",
      };
    case "need-rekey":
      return {
        state: "NEED_KEY_PAIR",
        action: "makes a new key and a new CSR, and runs the helper with SUBMIT in 30 s",
      };
    case "unsupported":
    case "answered":
      return { state: "NEED_GUIDANCE", action: "gives up until a person says getcert resubmit" };
  }
}

function waitTime(delaySeconds: number | undefined): string {
  if (delaySeconds === undefined) {
    return "in 7 days (sooner when the certificate ends soon)";
  }
  return delaySeconds === 0 ? "at once" : `in ${delaySeconds} s`;
}

function withoutResult({ run, reply }: HelperRun): Consequence {
  if (run.status === "not-started") {
    return {
      state: "NEED_TO_SUBMIT",
      action: "tries to start it every 30 s, without end and without a word in getcert",
    };
  }
  if (run.stoppedBy !== undefined) {
    return { state: "SUBMITTING", action: "waits for it without end" };
  }
  const isEndless = reply?.exitStatus === 0 && /-----BEGIN(?![\s\S]*-----END)/.test(reply.stdout);
  return isEndless
    ? {
        state: "SUBMITTING",
        action: "hangs for ever, at full processor load, on the PEM block that does not end",
      }
    : { state: "NEED_GUIDANCE", action: "gives up until a person says getcert resubmit" };
}
