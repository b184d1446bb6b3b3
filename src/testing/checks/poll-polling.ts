import type { Enrollment, Trial } from "../trial.ts";
import type { Check } from "./check.ts";
import { failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { foreignPoll } from "./operations.ts";
import { judgePlain, judgeWaitingPlain, plainFault, properVerdict } from "./plain.ts";

export const pollingChecks: readonly Check[] = [
  {
    id: "poll.status",
    severity: "must",
    operation: "POLL",
    title: "POLL ends with a status that certmonger knows",
    rule: "POLL ends with 0, 1, 2, 3, 4, 5, 16 or 17.",
    harm: "NEED_GUIDANCE: the order is forgotten, and a person has to resubmit.",
    tried: "POLL with the helper's own cookie",
    mend: "Catch everything: print one line to stdout and exit 3, which keeps the cookie.",
    judge: async (trial) => {
      const verdict = await judgePlain(trial, "poll.status");
      if (verdict.verdict !== "passed") return verdict;
      return judgeWaitingPlain(trial, "poll.status");
    },
  },
  {
    id: "poll.garbage-cookie",
    severity: "must",
    operation: "POLL",
    title: "a cookie that is not its own is dealt with",
    rule: "POLL may bring a cookie of another helper or of an older release, when a CA's helper was changed while requests were waiting.",
    harm: "NEED_GUIDANCE, or a certificate that belongs to another request.",
    tried: "POLL with a cookie of plain words",
    mend: "Start over as SUBMIT when the cookie can not be read, or answer 2 and say so.",
    judge: (trial) => judgePoll(trial, () => foreignPoll(trial)),
  },
  {
    id: "poll.empty-cookie",
    severity: "must",
    operation: "POLL",
    title: "POLL without a cookie is dealt with",
    rule: "certmonger polls only with a cookie that is not empty; people and other programs may not.",
    harm: "A crash that tells nothing.",
    tried: "POLL without CERTMONGER_CA_COOKIE",
    mend: "Treat POLL without a cookie as SUBMIT, or answer 4.",
    judge: (trial) =>
      judgePoll(trial, () => trial.poll(trial.samples.fresh("a plain CSR"), undefined, "without a cookie")),
  },
  {
    id: "poll.oversized-cookie",
    severity: "must",
    operation: "POLL",
    title: "a cookie of 100 kB is dealt with",
    rule: "A cookie may have up to 128 KiB.",
    harm: "NEED_GUIDANCE without a message.",
    tried: "POLL with a cookie of 100 000 characters that is not the helper's",
    mend: "Do not put the cookie on a command line; treat it like any cookie that can not be read.",
    judge: (trial) =>
      judgePoll(trial, () =>
        trial.poll(trial.samples.fresh("a plain CSR"), "x".repeat(100_000), "with a cookie of 100 kB"),
      ),
  },
  {
    id: "poll.other-csr",
    severity: "must",
    operation: "POLL",
    title: "a cookie with another CSR gives no certificate for the wrong key",
    rule: "getcert resubmit on a waiting request makes a new CSR and keeps the old cookie: POLL brings both.",
    harm: "certmonger installs the certificate of the old CSR, whose key may be gone.",
    tried: "a request until it waits, then POLL with its cookie and a CSR for another key",
    mend: "Put the digest of the CSR into the cookie, and start over when it differs.",
    judge: async (trial) => {
      const waiting = await waitingRequest(trial);
      if ("verdict" in waiting) return waiting;
      const other = trial.samples.fresh("another CSR", { key: "other" });
      const poll = await trial.poll(other, waiting.judgement.cookie, "the cookie of another CSR");
      return properVerdict(trial, poll);
    },
  },
  {
    id: "poll.answer-lost",
    severity: "should",
    operation: "POLL",
    title: "the certificate can be collected twice",
    rule: "certmonger may throw the answer to a POLL away (restart, resubmit, a change of the CA's data) and poll again with the same cookie.",
    harm: "The certificate is lost, and the request is rejected or ordered anew.",
    tried: "the POLL that gave the certificate once more",
    mend: "Keep what was issued until a request with another CSR, or with that certificate, comes.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      const cookie = plain.judgements.at(-2)?.cookie;
      const { issued } = plain.judgement;
      if (issued === undefined || cookie === undefined) return notApplicable("no POLL gave a certificate");
      const again = await trial.poll(plain.sample, cookie, "the same POLL again");
      const second = again.judgement.issued;
      if (second === undefined) {
        return failed(`the second time it was ${again.judgement.outcome}`, plain.last, again.last);
      }
      const same = Buffer.compare(second.leaf.der, issued.leaf.der) === 0;
      return same ? passed : failed("the second time it was another certificate", plain.last, again.last);
    },
  },
];

async function judgePoll(trial: Trial, poll: () => Promise<Enrollment>): Promise<Verdict> {
  const stop = await plainFault(trial);
  if (stop !== undefined) return hidden(stop.check);
  const enrollment = await poll();
  // A helper without POLL is reported once.
  if (enrollment.last.exitStatus === 6) return hidden("operations.poll-supported");
  return properVerdict(trial, enrollment);
}

/** A new request that was left waiting with a cookie. */
async function waitingRequest(trial: Trial): Promise<Enrollment | Verdict> {
  const stop = await plainFault(trial);
  if (stop !== undefined) return hidden(stop.check);
  const plain = await trial.plain();
  if (plain.judgements[0]?.outcome !== "wait") return notApplicable("the helper never said wait");
  const [fault] = plain.judgements[0].faults;
  if (fault !== undefined) return hidden(fault.check);
  const sample = trial.samples.fresh("a CSR that waits");
  const waiting = await trial.enroll(sample, { scenario: "left waiting", once: true });
  return waiting.judgement.cookie === undefined ? notApplicable("there was no cookie") : waiting;
}
