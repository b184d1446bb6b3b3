import { certificateToPem } from "../../x509/certificate.ts";
import type { CsrSample } from "../csr-samples.ts";
import type { Enrollment, Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { judgeAlike, plainFault, properVerdict } from "./plain.ts";

export const repeatChecks: readonly Check[] = [
  {
    id: "enroll.repeat",
    severity: "should",
    operation: "SUBMIT",
    title: "the same CSR again gets the same certificate",
    rule: "certmonger may run SUBMIT a second time for one request and throw the first answer away: when data about the CA changes, when it is restarted, when the request is modified.",
    harm: "The CA issues two certificates for one request, and nobody has the first.",
    tried: "the plain request once more, without CERTMONGER_CERTIFICATE",
    mend: "Remember for a while, by the digest of the CSR, what was issued, and answer it again.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const first = await freshIssued(trial);
      if (first?.judgement.issued === undefined) return notApplicable("no certificate was issued");
      const second = await trial.enroll(first.sample, { scenario: "the same CSR again" });
      const { issued } = second.judgement;
      if (issued === undefined) return passed;
      const same = Buffer.compare(issued.leaf.der, first.judgement.issued.leaf.der) === 0;
      return same
        ? passed
        : failed("a second certificate was issued for the same CSR", first.last, second.last);
    },
  },
  {
    id: "enroll.renewal",
    severity: "must",
    operation: "SUBMIT",
    title: "a renewal fares as the first request",
    rule: "Renewal and resubmission are SUBMITs too; CERTMONGER_CERTIFICATE holds the certificate that is there now and may end in more than one line end.",
    harm: "Everything works until the certificate is due, and then it expires.",
    tried: "a request with a new CSR for the same key and the issued certificate in CERTMONGER_CERTIFICATE",
    mend: "Take CERTMONGER_CERTIFICATE as a hint, not as a condition.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      return judgeRenewal(trial);
    },
  },
  {
    id: "enroll.rekey",
    severity: "must",
    operation: "SUBMIT",
    title: "after a rekey the certificate has the new key",
    rule: "During a rekey CERTMONGER_SPKI is still the old key's, while the CSR carries the new one.",
    harm: "certmonger gets a certificate for the old key, throws the new key away and keeps the old one.",
    tried: "a request with a new key, CERTMONGER_SPKI of the old key and the old certificate",
    mend: "Take the key from the CSR, never from CERTMONGER_SPKI.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const before = await freshIssued(trial);
      const issued = before?.judgement.issued;
      if (before === undefined || issued === undefined) return notApplicable("no certificate was issued");
      if ((await judgeRenewal(trial)).verdict === "failed") return hidden("enroll.renewal");
      const sample: CsrSample = trial.samples.fresh("a rekey", { key: "rekey" });
      const rekey = await trial.enroll(sample, {
        scenario: "a rekey",
        changes: {
          CERTMONGER_SPKI: before.sample.request.spki,
          CERTMONGER_CERTIFICATE: `${certificateToPem(issued.leaf)}\n`,
        },
      });
      return properVerdict(trial, rekey);
    },
  },
];

function judgeRenewal(trial: Trial): Promise<Verdict> {
  return trial.remember("renewal", async () => {
    const issued = (await freshIssued(trial))?.judgement.issued;
    if (issued === undefined) return notApplicable("no certificate was issued");
    const changes = { CERTMONGER_CERTIFICATE: `${certificateToPem(issued.leaf)}\n` };
    return judgeAlike(trial, trial.samples.fresh("a renewal"), { scenario: "a renewal", changes });
  });
}

/** A request whose certificate the later steps build upon: the plain one itself. */
async function freshIssued(trial: Trial): Promise<Enrollment | undefined> {
  const plain = await trial.plain();
  return plain.judgement.outcome === "issued" ? plain : undefined;
}
