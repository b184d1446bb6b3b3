import { type CsrSample, manyNames, nameKinds } from "../csr-samples.ts";
import { missingNames } from "../judge-names.ts";
import type { Enrollment, Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed } from "./check.ts";
import { judgeProper, plainFault, properVerdict } from "./plain.ts";

export const nameChecks: readonly Check[] = [
  {
    id: "enroll.san-kinds",
    severity: "must",
    operation: "SUBMIT",
    title: "every kind of subject alternative name is dealt with",
    rule: "A CSR may ask for DNS names, e-mail and IP addresses, Kerberos principals, UPNs and whatever else its owner put in. The CA issues, or says no.",
    harm: "getcert request -D, -E, -A or -K leaves the request in NEED_GUIDANCE without a message.",
    tried: "a request for each kind of name",
    mend: "Answer 2 and name the kind that the CA does not issue; do not let a name that was not foreseen end the helper.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      for (const { kind, enrollment } of await ofEachKind(trial)) {
        const verdict = await properVerdict(trial, enrollment);
        if (verdict.verdict === "failed") return { ...verdict, finding: `${kind}: ${verdict.finding}` };
      }
      return passed;
    },
  },
  {
    id: "enroll.san-dropped",
    severity: "should",
    operation: "SUBMIT",
    title: "no name is left out in silence",
    rule: "A certificate carries the names that were asked for, or the request is rejected with the reason.",
    harm: "certmonger does not compare: it reports MONITORING for a certificate that lacks a name, and the user finds out from a failing client.",
    tried: "the plain request, and one for each kind of name; the names in the leaf compared with the CSR's",
    mend: "Copy the names, or answer 2 and name those that the CA does not issue.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = { kind: "the plain request", enrollment: await trial.plain() };
      let issued = 0;
      for (const { kind, enrollment } of [plain, ...(await ofEachKind(trial))]) {
        const { judgement, sample, last } = enrollment;
        // The certificate of another request has other names, and is reported as that.
        const isOther = judgement.faults.some(
          ({ check }) => check === "enroll.key" || check === "enroll.leaf",
        );
        if (judgement.issued === undefined || isOther) continue;
        issued++;
        const missing = missingNames(sample.names, judgement.issued.leaf);
        if (missing.length > 0)
          return failed(`${kind}: ${missing.join(", ")} is not in the certificate`, last);
      }
      return issued > 0 ? passed : notApplicable("no certificate was issued");
    },
  },
  {
    id: "enroll.many-names",
    severity: "must",
    operation: "SUBMIT",
    title: "200 names are dealt with",
    rule: "A CSR may hold many names.",
    harm: "The request stays in NEED_GUIDANCE, or SUBMITTING for ever.",
    tried: "a request for 200 DNS names",
    mend: "Set no limit on lengths; answer 2 with the limit where the CA has one.",
    judge: (trial) => {
      const sample = trial.samples.fresh("200 names", { names: manyNames(200) });
      return judgeProper(trial, sample, { scenario: "200 DNS names" });
    },
  },
];

interface OfKind {
  readonly kind: string;
  readonly enrollment: Enrollment;
}

/** A request for each kind of name. */
function ofEachKind(trial: Trial): Promise<OfKind[]> {
  return trial.remember("name kinds", () =>
    Promise.all(
      nameKinds.map(async ({ kind, names }) => {
        const sample: CsrSample = trial.samples.fresh(kind, { names });
        return { kind, enrollment: await trial.enroll(sample, { scenario: kind }) };
      }),
    ),
  );
}
