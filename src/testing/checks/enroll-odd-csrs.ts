import { ExitStatus } from "../../../protocol/index.ts";
import { brokenCsrs, type CsrSample, manyNames, withNewHeader, withWrongSignature } from "../csr-samples.ts";
import { describeEnd, type Run } from "../run.ts";
import type { Enrollment, Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { judgeAlike, judgeProper, plainFault } from "./plain.ts";

const refuseHarm =
  "certmonger itself sends no such CSR; people and scripts do. With 0, 1 or 5 they take it for issued or ordered, and a crash tells them nothing.";

export const oddCsrChecks: readonly Check[] = [
  {
    id: "enroll.no-csr",
    severity: "must",
    operation: "SUBMIT",
    title: "a missing CSR is refused",
    rule: "Without a CSR a helper refuses: 4, or 2.",
    harm: refuseHarm,
    tried: "SUBMIT without CERTMONGER_CSR",
    mend: "Look for the CSR first; answer 4 and say that CERTMONGER_CSR is not set.",
    judge: (trial) => judgeRefused(trial, async () => [await without(trial)]),
  },
  {
    id: "enroll.empty-csr",
    severity: "must",
    operation: "SUBMIT",
    title: "an empty CSR is refused",
    rule: "Without a CSR a helper refuses: 4, or 2.",
    harm: refuseHarm,
    tried: "SUBMIT with an empty CERTMONGER_CSR",
    mend: "Treat an empty variable like one that is not set.",
    judge: (trial) => judgeRefused(trial, async () => [await empty(trial)]),
  },
  {
    id: "enroll.broken-csr",
    severity: "must",
    operation: "SUBMIT",
    title: "a CSR that can not be read is refused",
    rule: "What is no CSR is refused: 2, or 4.",
    harm: refuseHarm,
    tried: "SUBMIT with text that is no CSR, half a CSR, and PEM around noise",
    mend: "Check the result of reading the CSR; answer 2 and say that it can not be read.",
    judge: (trial) => judgeRefused(trial, () => brokenOnes(trial)),
  },
  {
    id: "enroll.refusal-final",
    severity: "should",
    operation: "SUBMIT",
    title: "what can never succeed is not called unreachable",
    rule: "3 means: try again later. A CSR that can not be read is as bad next week.",
    harm: "certmonger submits the same CSR again every seven days, for ever.",
    tried: "SUBMIT without, with an empty and with a broken CSR",
    mend: "Answer 2 or 4 where trying again can not help.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      if (plain.judgement.outcome === "unreachable")
        return notApplicable("the plain request was answered with 3");
      const all = [await without(trial), await empty(trial), ...(await brokenOnes(trial))];
      const again = all.find(({ judgement }) => judgement.outcome === "unreachable");
      return again === undefined ? passed : failed(`${again.sample.name} was answered with 3`, ...again.runs);
    },
  },
  {
    id: "enroll.bad-signature",
    severity: "should",
    operation: "SUBMIT",
    title: "a CSR with a wrong signature gets no certificate",
    rule: "The CSR's signature proves that the requester has the private key (RFC 2986).",
    harm: "certmonger signs its CSRs rightly. Whoever may run the helper gets certificates for keys of others.",
    tried: "a request whose CSR has a wrong signature",
    mend: "Verify the CSR's signature before signing, or have the CA verify it.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const sample = withWrongSignature(trial.samples.fresh("a CSR"));
      const { judgement, last } = await trial.enroll(sample, { scenario: sample.name });
      return judgement.outcome === "issued" ? failed("a certificate was issued", last) : passed;
    },
  },
  {
    id: "enroll.oversized-csr",
    severity: "must",
    operation: "SUBMIT",
    title: "a CSR of 110 kB is dealt with",
    rule: "A variable may have up to 128 KiB.",
    harm: "The request ends in NEED_GUIDANCE without a message.",
    tried: "a request whose CSR holds 3300 names",
    mend: "Hand the CSR on in a file or a pipe, not as an argument; answer 2 with the limit where the CA has one.",
    judge: (trial) => {
      const sample = trial.samples.fresh("3300 names", { names: manyNames(3300) });
      // Only the CSR is of that size: the names alone would fill another variable.
      const { csr, hostnames: _, ...rest } = sample.request;
      const small: CsrSample = { ...sample, request: { ...rest, csr, hostnames: [] } };
      return judgeProper(trial, small, { scenario: "a CSR of 110 kB" });
    },
  },
  {
    id: "enroll.new-header",
    severity: "should",
    operation: "SUBMIT",
    title: "a CSR labelled NEW CERTIFICATE REQUEST is read",
    rule: "A certmonger build may write either label, BEGIN CERTIFICATE REQUEST or BEGIN NEW CERTIFICATE REQUEST.",
    harm: "No request succeeds on a system with such a build.",
    tried: "a plain request with the other label",
    mend: "Read the PEM block by its BEGIN and END, with either label.",
    judge: (trial) => {
      const sample = withNewHeader(trial.samples.fresh("a CSR"));
      return judgeAlike(trial, sample, { scenario: sample.name });
    },
  },
];

/** Runs the requests that a helper has to refuse, if they have not been run yet. */
export async function provokeRefusals(trial: Trial): Promise<void> {
  await trial.plain();
  await Promise.all([without(trial), empty(trial), brokenOnes(trial)]);
}

function without(trial: Trial): Promise<Enrollment> {
  return trial.remember("no csr", () => odd(trial, "a missing CSR", { CERTMONGER_CSR: undefined }));
}

function empty(trial: Trial): Promise<Enrollment> {
  return trial.remember("empty csr", () => odd(trial, "an empty CSR", { CERTMONGER_CSR: "" }));
}

function odd(
  trial: Trial,
  name: string,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<Enrollment> {
  const { parsed: _, ...sample } = trial.samples.fresh(name);
  return trial.enroll(sample, { scenario: name, changes, once: true });
}

function brokenOnes(trial: Trial): Promise<Enrollment[]> {
  return trial.remember("broken csrs", () => {
    const samples = brokenCsrs(trial.samples.fresh("a CSR"));
    return Promise.all(samples.map((sample) => trial.enroll(sample, { scenario: sample.name, once: true })));
  });
}

async function judgeRefused(trial: Trial, tried: () => Promise<readonly Enrollment[]>): Promise<Verdict> {
  const stop = await plainFault(trial);
  if (stop !== undefined) return hidden(stop.check);
  for (const { sample, last } of await tried()) {
    if (!isRefusal(last)) return failed(`${sample.name} ended with ${describeEnd(last)}`, last);
  }
  return passed;
}

function isRefusal({ exitStatus }: Run): boolean {
  const refusals: readonly (number | undefined)[] = [
    ExitStatus.rejected,
    ExitStatus.unreachable,
    ExitStatus.unconfigured,
  ];
  return refusals.includes(exitStatus);
}
