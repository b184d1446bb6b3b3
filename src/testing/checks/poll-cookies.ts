import type { Check } from "./check.ts";
import { failed, hidden, notApplicable, passed } from "./check.ts";
import { judgeWaitingPlain, plainFault } from "./plain.ts";

const tried = "a plain request that was answered with 1 or 5";

export const cookieChecks: readonly Check[] = [
  {
    id: "poll.cookie-missing",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "1 comes with a cookie",
    rule: "With 1 stdout is the cookie that POLL gets back, and it is not empty.",
    harm: "No output at all: NEED_GUIDANCE. Only a line end: the next run is a SUBMIT, and the CA gets a second order.",
    tried,
    mend: "Print the order's number, or whatever finds it again; exit 5 with a delay when there is nothing to remember.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.cookie-missing"),
  },
  {
    id: "poll.delay-without-cookie",
    severity: "should",
    operation: "SUBMIT, POLL",
    title: "5 comes with a cookie",
    rule: "With 5 the first line is the delay in seconds and the rest the cookie; without one the next run is a SUBMIT.",
    harm: "Each run orders again.",
    tried,
    mend: "Print the cookie after the line with the delay.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.delay-without-cookie"),
  },
  {
    id: "poll.delay-line",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the first line of 5 is a whole number of seconds",
    rule: "The number stands alone on its line: no unit, no blank after it, no escape codes before it.",
    harm: "NEED_GUIDANCE: certmonger does not understand the answer, and the cookie is lost.",
    tried,
    mend: "Print the number and a line end, nothing else; see what the tools that you call print to stdout.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.delay-line"),
  },
  {
    id: "poll.delay-range",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the delay is less than 2147483648 seconds",
    rule: "certmonger keeps the delay in 32 bits.",
    harm: "The delay becomes another one: at once, or days.",
    tried,
    mend: "Cut it to some days; a request is polled after a restart in any case.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.delay-range"),
  },
  {
    id: "poll.no-pause",
    severity: "should",
    operation: "POLL",
    title: "it does not ask to be polled without a pause",
    rule: "A delay of 0 means at once.",
    harm: "certmonger runs the helper over and over, and the CA is asked as often as it can answer.",
    tried: "a plain request, polled",
    mend: "Answer at least some seconds; double them while nothing happens.",
    judge: async (trial) => {
      const verdict = await judgeWaitingPlain(trial, "poll.no-pause");
      if (verdict.verdict !== "passed") return verdict;
      const { judgements, runs } = await trial.plain();
      const index = judgements.findIndex(
        ({ delaySeconds }, at) => delaySeconds === 0 && judgements[at + 1]?.delaySeconds === 0,
      );
      return index < 0 ? passed : failed("a delay of 0 twice running", ...runs.slice(index, index + 2));
    },
  },
  {
    id: "poll.cookie-size",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the cookie fits into a variable",
    rule: "NAME=value of one variable must be shorter than 128 KiB.",
    harm: "The helper can not be started any more (E2BIG): certmonger tries every 30 seconds for ever.",
    tried,
    mend: "Keep the state in a file or at the CA, and only its name in the cookie.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.cookie-size"),
  },
  {
    id: "poll.cookie-lines",
    severity: "should",
    operation: "SUBMIT, POLL",
    title: "the cookie is one line",
    rule: "A cookie of one line comes back as it was, without its line end. One of more lines comes back with LF line ends and one at its end.",
    harm: "The cookie that comes back is not the one that was given.",
    tried,
    mend: "Write the state as one line: JSON without line breaks, or name=value&name=value.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.cookie-lines"),
  },
  {
    id: "poll.cookie-survives",
    severity: "must",
    operation: "SUBMIT, POLL",
    title: "the cookie survives a restart of certmonger",
    rule: "certmonger keeps the cookie in memory and in a file; a NUL ends it, and blank lines after its first line are not in the file.",
    harm: "After a restart POLL gets another cookie than before, and the order is lost.",
    tried,
    mend: "Write the state as one line.",
    judge: (trial) => judgeWaitingPlain(trial, "poll.cookie-survives"),
  },
  {
    id: "poll.understood",
    severity: "must",
    operation: "POLL",
    title: "it understands its own cookie",
    rule: "POLL gets the cookie without its line end, in the variable CERTMONGER_CA_COOKIE.",
    harm: "The order is never collected: the request is rejected, or starts again and again.",
    tried:
      "POLL with the cookie as certmonger hands it back and, if that is refused, as the helper printed it",
    mend: "Cut the line end off before you compare; test with the value that certmonger gives.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const { sample, judgements, runs } = await trial.plain();
      const at = judgements.findIndex(({ outcome }) => outcome === "wait");
      const run = runs[at];
      const next = judgements[at + 1];
      if (run === undefined || next === undefined) return notApplicable("the helper was never polled");
      if (next.outcome === "wait" || next.outcome === "issued") return passed;
      const printed = printedCookie(run.exitStatus, Buffer.from(run.stdout).toString("utf8"));
      if (printed === judgements[at]?.cookie) return passed;
      const raw = await trial.poll(sample, printed, "the cookie exactly as it was printed");
      const { outcome } = raw.judgement;
      if (outcome !== "wait" && outcome !== "issued") return passed;
      const poll = runs[at + 1];
      return failed(
        `the cookie without its line end was ${next.outcome}, with it ${outcome}`,
        ...(poll === undefined ? [] : [poll]),
        raw.last,
      );
    },
  },
];

function printedCookie(exitStatus: number | undefined, stdout: string): string {
  return exitStatus === 5 ? stdout.replace(/^[^\n]*\n/, "") : stdout;
}
