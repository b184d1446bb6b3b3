import { reachesRoot } from "../judge-chain.ts";
import { storedRoots } from "../stored-roots.ts";
import type { Check } from "./check.ts";
import { failed, hidden, notApplicable, optIn, passed } from "./check.ts";
import { keyChecks } from "./enroll-keys.ts";
import { nameChecks } from "./enroll-names.ts";
import { oddCsrChecks } from "./enroll-odd-csrs.ts";
import { repeatChecks } from "./enroll-repeat.ts";
import { describe, judgeAlike, judgeIssuedPlain, judgePlain, plainFault } from "./plain.ts";

const outputChecks: readonly Check[] = [
  {
    id: "enroll.expected",
    severity: "must",
    operation: "SUBMIT",
    title: "the plain request ends as expected",
    rule: "What the author says the helper answers here (--expect).",
    harm: "The set-up under test is not the one that was meant.",
    tried: "a plain request, polled until it is settled",
    mend: "Mend the set-up, or the expectation; --settle gives a slow CA more time.",
    judge: async (trial) => {
      const { expect } = trial.options;
      if (expect === undefined) return optIn("--expect");
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      if (plain.judgement.outcome === expect) return passed;
      return failed(`the request was ${describe(plain.judgement.outcome)}, not ${expect}`, ...plain.runs);
    },
  },
  {
    id: "enroll.status",
    severity: "must",
    operation: "SUBMIT",
    title: "SUBMIT ends with a status that certmonger knows",
    rule: "SUBMIT ends with 0, 1, 2, 3, 4, 5, 16 or 17.",
    harm: "Any other status, and an end by a signal, puts the request into NEED_GUIDANCE: no message, no further try until a person resubmits it.",
    tried: "a plain request",
    mend: "Catch everything: print one line to stdout and exit 3 when trying again may help, 2 when it will not.",
    judge: (trial) => judgePlain(trial, "enroll.status"),
  },
  {
    id: "enroll.truncated-pem",
    severity: "must",
    operation: "SUBMIT",
    title: "every PEM block that begins also ends",
    rule: "With 0 the certificate is on stdout, complete.",
    harm: "certmonger's child that reads the certificate loops for ever at full CPU; the request stays SUBMITTING and the daemon no longer stops on SIGTERM.",
    tried: "a plain request; the output read as certmonger reads it",
    mend: "Put the whole reply together first, check it, write it in one go, then exit 0. Never exit 0 after a write that failed.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.truncated-pem"),
  },
  {
    id: "enroll.no-certificate",
    severity: "must",
    operation: "SUBMIT",
    title: "with 0 there is a certificate on stdout",
    rule: "The output is JSON with a certificate, DER, or PEM blocks with any ASCII text around them.",
    harm: "The request goes to NEED_GUIDANCE, and what the CA issued is lost.",
    tried: "a plain request; the output read as certmonger reads it",
    mend: "Look at what the CA sent before you exit 0: an error page is not a certificate. Print nothing after a JSON reply.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.no-certificate"),
  },
  {
    id: "enroll.ascii",
    severity: "must",
    operation: "SUBMIT",
    title: "the text around the certificate is ASCII",
    rule: "PEM is found only in output whose every byte is ASCII.",
    harm: "One other byte, in a translated message or a name that openssl prints, and certmonger finds no certificate: NEED_GUIDANCE.",
    tried: "a plain request; the output read as certmonger reads it",
    mend: "Print the PEM blocks alone.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.ascii"),
  },
  {
    id: "enroll.key",
    severity: "must",
    operation: "SUBMIT",
    title: "the certificate carries the CSR's key",
    rule: "The certificate is for the public key in CERTMONGER_CSR.",
    harm: "certmonger notices and does nothing: it installs the certificate, reports MONITORING, and the service does not start.",
    tried: "a plain request; the leaf's key compared with the CSR's",
    mend: "Compare the keys before you exit 0; check that the CA's answer belongs to this request.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.key"),
  },
  {
    id: "enroll.leaf",
    severity: "must",
    operation: "SUBMIT",
    title: "certmonger takes the right certificate for the leaf",
    rule: "The leaf is the first certificate of the output that issued none of the others.",
    harm: "A certificate that has nothing to do with the request is installed in its place.",
    tried: "a plain request; the leaf chosen as certmonger does",
    mend: "Print the leaf first, then its issuers, and nothing else.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.leaf"),
  },
  {
    id: "enroll.chain",
    severity: "must",
    operation: "SUBMIT",
    title: "the chain is the leaf's",
    rule: "Whatever comes with the leaf is its chain.",
    harm: "certmonger checks no signature: it stores the chain, the service presents it, and its clients refuse it.",
    tried: "a plain request; every signature in the chain verified",
    mend: "Hand over only certificates whose key signed the leaf or one of its issuers; after a roll-over of the CA that is the new one.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.chain"),
  },
  {
    id: "enroll.valid-now",
    severity: "must",
    operation: "SUBMIT",
    title: "the certificate is valid now",
    rule: "An issued certificate is one that can be used.",
    harm: "certmonger installs it and reports MONITORING; nothing works with it, and renewals come too late or at once.",
    tried: "a plain request; notBefore and notAfter compared with the clock, give or take a minute",
    mend: "Check the validity before you exit 0; answer 3 when the clocks of CA and host disagree.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.valid-now"),
  },
  {
    id: "enroll.nickname",
    severity: "must",
    operation: "SUBMIT",
    title: "nicknames of roots are one line of plain characters",
    rule: "A nickname is one line, without characters beyond U+FFFF. JSON can say others; certmonger does not clean them.",
    harm: "A line break goes into certmonger's request file as it is: the next line becomes a setting of the request, a command to be run as root among them.",
    tried: "a plain request; the nicknames in a JSON reply",
    mend: "Clean what a server says before it becomes a nickname.",
    judge: (trial) => judgeIssuedPlain(trial, "enroll.nickname"),
  },
  {
    id: "enroll.reaches-root",
    severity: "should",
    operation: "SUBMIT, FETCH-ROOTS",
    title: "the certificate leads to one of the roots",
    rule: "FETCH-ROOTS gives the certificates that have to be trusted so that the issued ones are.",
    harm: "The certificates that `getcert request -F` saves do not make anyone trust the issued one.",
    tried: "a plain request, and FETCH-ROOTS; the signatures verified from the leaf to a root",
    mend: "Give the CA's current root (the old ones beside it), and hand over missing intermediates with the leaf.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      const { issued, faults } = plain.judgement;
      if (issued === undefined) return notApplicable("no certificate was issued");
      const [fault] = faults;
      if (fault !== undefined) return hidden(fault.check);
      const roots = await storedRoots(trial);
      if (roots.length === 0) return notApplicable("FETCH-ROOTS gave no roots");
      if (reachesRoot(issued, roots)) return passed;
      const names = roots.map(({ subject }) => subject).join("; ");
      const finding = `${issued.leaf.subject || "the leaf"}, issued by ${issued.leaf.issuer}, leads to none of: ${names}`;
      return failed(finding, plain.last, await trial.query("FETCH-ROOTS"));
    },
  },
  {
    id: "enroll.minimal-environment",
    severity: "must",
    operation: "SUBMIT",
    title: "CERTMONGER_CSR alone is enough",
    rule: "Every variable but the operation and the CSR may be absent: certmonger sets no empty ones, and older releases know fewer.",
    harm: "Requests without a host name, a principal or a profile fail, or all requests of a daemon that is older.",
    tried: "a request with CERTMONGER_OPERATION and CERTMONGER_CSR only",
    mend: "Give every other variable a default; take names and key from the CSR.",
    judge: (trial) => {
      const sample = trial.samples.fresh("a plain CSR");
      const { csr } = sample.request;
      const request = { csr, hostnames: [], principals: [], emails: [], ipAddresses: [] };
      return judgeAlike(trial, { ...sample, request }, { scenario: "with no variable but the CSR" });
    },
  },
  {
    id: "enroll.rekey-loop",
    severity: "must",
    operation: "SUBMIT",
    title: "a new key is not answered with 17 again",
    rule: "17 asks for a new key; certmonger makes one and submits again, 30 seconds later, and does not count.",
    harm: "certmonger makes keys for ever.",
    tried: "a second request with a new key, after 17",
    mend: "Answer 17 only for a key that was in use before; for a new one answer 2 and say why.",
    judge: async (trial) => {
      const plain = await trial.plain();
      if (plain.judgement.outcome !== "need-rekey") return notApplicable("17 was not answered");
      const sample = trial.samples.fresh("a CSR with a new key", { key: "new" });
      const again = await trial.enroll(sample, { scenario: "a new key after 17" });
      if (again.judgement.outcome !== "need-rekey") return passed;
      return failed("a new key was answered with 17 as well", ...plain.runs, ...again.runs);
    },
  },
];

export const enrollChecks: readonly Check[] = [
  ...outputChecks,
  ...nameChecks,
  ...keyChecks,
  ...oddCsrChecks,
  ...repeatChecks,
];
