import type { Trial } from "../trial.ts";
import { type Check, type CheckId, failed, notApplicable, passed, type Verdict } from "./check.ts";
import { provokeRefusals } from "./enroll-odd-csrs.ts";

const tried = "every SUBMIT and POLL of this trial that was answered with 2, 3 or 4";

export const failureChecks: readonly Check[] = [
  {
    id: "failures.message",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "2, 3 and 4 come with a message on stdout",
    rule: "With 2, 3 and 4 the first line of stdout is the reason; certmonger shows it as ca-error.",
    harm: "getcert list shows no reason. What goes to stderr is in the journal at best, and the person who asked for the certificate does not see it.",
    tried,
    mend: "Print the reason to stdout, in one line: what, where, and what to do.",
    judge: (trial) => judgeMessages(trial, "failures.message"),
  },
  {
    id: "failures.traceback",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the message is no stack trace",
    rule: "The message is for the administrator.",
    harm: "ca-error says `Traceback (most recent call last):` and nothing else.",
    tried,
    mend: "Catch everything at the top, print the reason in one line, and send the trace to stderr.",
    judge: (trial) => judgeMessages(trial, "failures.traceback"),
  },
  {
    id: "failures.utf8",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the message is UTF-8",
    rule: "certmonger hands the message on over D-Bus, and D-Bus strings are UTF-8.",
    harm: "The next `getcert list` makes the D-Bus library end the whole daemon (abort; measured on 0.79.17).",
    tried,
    mend: "Print ASCII, or UTF-8 whatever the locale is; replace what a server sends in other encodings.",
    judge: (trial) => judgeMessages(trial, "failures.utf8"),
  },
  {
    id: "failures.control-characters",
    severity: "should",
    operation: "SUBMIT, POLL",
    title: "the message holds no control characters",
    rule: "The message is plain text.",
    harm: "getcert list sends them to the administrator's terminal.",
    tried,
    mend: "Turn colours off; replace control characters by blanks.",
    judge: (trial) => judgeMessages(trial, "failures.control-characters"),
  },
  {
    id: "failures.one-line",
    severity: "should",
    operation: "SUBMIT, POLL",
    title: "the message is one line",
    rule: "Only the first line of a message is kept.",
    harm: "The lines after the first are lost.",
    tried,
    mend: "Say it all in the first line; details belong to stderr.",
    judge: (trial) => judgeMessages(trial, "failures.one-line"),
  },
  {
    id: "failures.crash-as-wait",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "a crash is not taken for wait",
    rule: "Exit status 1 means wait, and stdout is the cookie. It is also what most languages exit with after an uncaught error.",
    harm: "The stack trace becomes the cookie; the request waits seven days, and is then polled with it.",
    tried: "every SUBMIT and POLL of this trial",
    mend: "Catch everything at the top; exit 3 with a message.",
    judge: async (trial) => {
      await provokeRefusals(trial);
      for (const { judgements, runs } of trial.enrollments) {
        const at = judgements.findIndex(({ faults }) =>
          faults.some(({ check }) => check === "failures.crash-as-wait"),
        );
        const run = runs[at];
        if (run !== undefined) return failed(`${run.scenario}: exit status 1 with a stack trace`, run);
      }
      return passed;
    },
  },
];

async function judgeMessages(trial: Trial, check: CheckId): Promise<Verdict> {
  await provokeRefusals(trial);
  let refusals = 0;
  for (const { judgements, runs } of trial.enrollments) {
    for (const [index, { outcome, messageFaults }] of judgements.entries()) {
      const run = runs[index];
      if (run === undefined || !enrolling.includes(run.operation)) continue;
      if (refusing.includes(outcome)) refusals++;
      const fault = messageFaults.find((other) => other.check === check);
      if (fault !== undefined) return failed(`${run.scenario}: ${fault.text}`, run);
    }
  }
  return refusals > 0 ? passed : notApplicable("nothing was answered with 2, 3 or 4");
}

const refusing: readonly string[] = ["rejected", "unreachable", "unconfigured"];
const enrolling: readonly string[] = ["SUBMIT", "POLL", ""];
