import { decodeList, splitPem } from "../../../protocol/index.ts";
import { isIssuer, readAll } from "../judge-chain.ts";
import { stdoutText } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { unanswered } from "./operations.ts";

const capabilities = "FETCH-SCEP-CA-CAPS";
const certificates = "FETCH-SCEP-CA-CERTS";

/** @see RFC 8894, section 3.5.2 */
const knownCapabilities = [
  "AES",
  "DES3",
  "GetNextCACert",
  "POSTPKIOperation",
  "Renewal",
  "SHA-1",
  "SHA-256",
  "SHA-512",
  "SCEPStandard",
  "Update",
];

export const scepChecks: readonly Check[] = [
  {
    id: "scep.capabilities",
    severity: "should",
    operation: capabilities,
    title: "the SCEP capabilities are ones of RFC 8894",
    rule: "A list of the keywords of GetCACaps (RFC 8894, section 3.5.2).",
    harm: "certmonger does not find the keyword that it looks for, and signs and encrypts with the oldest algorithms.",
    tried: capabilities,
    mend: "Pass on the server's keywords; not its error page.",
    judge: async (trial) => {
      const run = await trial.query(capabilities);
      if (run.exitStatus !== 0) return unanswered(run);
      const odd = decodeList(stdoutText(run)).find((item) => !knownCapabilities.includes(item.trim()));
      return odd === undefined ? passed : failed(`${JSON.stringify(odd)} is not a capability`, run);
    },
  },
  {
    id: "scep.certificates",
    severity: "must",
    operation: certificates,
    title: "the SCEP certificates are PEM certificates",
    rule: "Certificates one after the other: the RA's, the CA's, then all others.",
    harm: "certmonger can not encrypt its request: NEED_SCEP_ENCRYPTION_CERT, or SCEP messages that the server can not open.",
    tried: certificates,
    mend: "Turn what the server sends (DER, PKCS#7) into PEM certificates.",
    judge: async (trial) => {
      const run = await trial.query(certificates);
      if (run.exitStatus !== 0) return unanswered(run);
      const text = stdoutText(run);
      const opened = text.split("-----BEGIN").length - 1;
      const read = readAll(splitPem(text).map((block) => block.text)).length;
      if (opened === 0) return failed("there is no PEM block in the answer", run);
      return read === opened ? passed : failed(`${opened} PEM blocks, ${read} certificates`, run);
    },
  },
  {
    id: "scep.certificate-order",
    severity: "should",
    operation: certificates,
    title: "the RA's certificate comes first, then its CA's",
    rule: "The first certificate is the RA's, to which requests are encrypted, the second its CA's.",
    harm: "Requests are encrypted to the wrong key.",
    tried: certificates,
    mend: "Sort them: the one that may encipher keys first. A CA without an RA prints its certificate alone.",
    judge: async (trial) => {
      const run = await trial.query(certificates);
      if (run.exitStatus !== 0) return unanswered(run);
      const [ra, ca] = readAll(splitPem(stdoutText(run)).map((block) => block.text));
      if (ra === undefined) return hidden("scep.certificates");
      if (ca === undefined) return notApplicable("there is one certificate");
      return isIssuer(ca, ra)
        ? passed
        : failed(`${ca.subject}, the second, did not sign ${ra.subject}, the first`, run);
    },
  },
  {
    id: "scep.needs-certificates",
    severity: "must",
    operation: `SUBMIT, ${certificates}`,
    title: "16 goes with FETCH-SCEP-CA-CERTS",
    rule: "16 asks for SCEP messages; certmonger makes them with the RA's certificate from FETCH-SCEP-CA-CERTS.",
    harm: "NEED_SCEP_ENCRYPTION_CERT: the request stays there.",
    tried: "a plain request that was answered with 16, and FETCH-SCEP-CA-CERTS",
    mend: "Answer FETCH-SCEP-CA-CERTS with the RA's certificate.",
    judge: async (trial) => {
      const first = await scepRequest(trial);
      if ("verdict" in first) return first;
      const run = await trial.query(certificates);
      if (run.exitStatus === 0 && run.stdout.length > 0) return passed;
      return failed("SUBMIT was answered with 16, and there is no RA certificate", first.run, run);
    },
  },
  {
    id: "scep.messages-loop",
    severity: "must",
    operation: "SUBMIT",
    title: "16 is not answered when the SCEP messages are there",
    rule: "certmonger calls again at once, with CERTMONGER_PKCSREQ and CERTMONGER_GETCERTINITIAL.",
    harm: "certmonger makes messages and runs the helper without a pause, for ever.",
    tried: "the request again with SCEP messages (that no server would accept) after 16",
    mend: "Answer 16 only when CERTMONGER_PKCSREQ is not set.",
    judge: async (trial) => {
      const first = await scepRequest(trial);
      if ("verdict" in first) return first;
      const message = Buffer.from("not a SCEP message").toString("base64");
      const changes = {
        CERTMONGER_PKCSREQ: message,
        CERTMONGER_GETCERTINITIAL: message,
        CERTMONGER_SCEP_CA_IDENTIFIER: "conformance",
      };
      const again = await trial.enroll(trial.samples.fresh("a CSR with SCEP messages"), {
        scenario: "with SCEP messages",
        changes,
      });
      return again.judgement.outcome === "need-scep-messages"
        ? failed("16 was answered again", again.last)
        : passed;
    },
  },
];

async function scepRequest(
  trial: Trial,
): Promise<{ run: Awaited<ReturnType<Trial["plain"]>>["last"] } | Verdict> {
  const plain = await trial.plain();
  if (plain.judgement.outcome !== "need-scep-messages") return notApplicable("16 was not answered");
  return { run: plain.last };
}
