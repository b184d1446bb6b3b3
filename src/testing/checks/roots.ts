import { decodeRoots, type NamedCertificate } from "../../../protocol/index.ts";
import { jsonMember, readJson } from "../../../protocol/json.ts";
import { type Certificate, readCertificate, verifyCertificate } from "../../x509/certificate.ts";
import { decodeBasicConstraints } from "../../x509/extensions.ts";
import { quote } from "../judge-message.ts";
import { nicknameProblem } from "../judge-names.ts";
import { type Run, stdoutText } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed, type Verdict } from "./check.ts";
import { stable, unanswered } from "./operations.ts";

const tried = "FETCH-ROOTS; the answer read by certmonger's grammar";

export const rootChecks: readonly Check[] = [
  {
    id: "roots.lost",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "every certificate in the answer is stored",
    rule: "The answer is JSON, or three lists of nickname lines and PEM blocks, a blank line after a list.",
    harm: "certmonger stores nothing, or the first part, and reports no error: nobody trusts the issued certificates.",
    tried,
    mend: 'Print {"roots": [{"nickname": ..., "certificate": ...}]}; in the text form, a nickname line before each certificate.',
    judge: (trial) => judgeRoots(trial, "roots.lost"),
  },
  {
    id: "roots.json-nickname",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "no nickname of the text form looks like JSON",
    rule: "The answer is tried as JSON first, and text after a JSON value is ignored.",
    harm: "A nickname that starts with a digit, a sign or a quote makes the whole answer that value: nothing is stored, without an error.",
    tried,
    mend: "Print JSON, or start nicknames with a letter.",
    judge: (trial) => judgeRoots(trial, "roots.json-nickname"),
  },
  {
    id: "roots.json-keys",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "the keys of the JSON form are roots, other-roots and other",
    rule: "Other keys are ignored. It is `other`, not `others`.",
    harm: "The certificates under the wrong key are not stored.",
    tried,
    mend: "Name the keys roots, other-roots and other.",
    judge: (trial) => judgeRoots(trial, "roots.json-keys"),
  },
  {
    id: "roots.chain-trusted",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "no chain certificate becomes trusted by a blank line",
    rule: "All blank lines after a list count as one, so the text form can not leave the list of other roots empty.",
    harm: "Chain certificates are stored as trusted roots (NSS trust CT,C,C).",
    tried,
    mend: "Print JSON when there are chain certificates but no other roots.",
    judge: (trial) => judgeRoots(trial, "roots.chain-trusted"),
  },
  {
    id: "roots.certificate",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "what is between BEGIN and END is a certificate",
    rule: "Each item is one certificate. certmonger does not look inside.",
    harm: "The text is written as it is into every trust store of the CA; services that read them fail to start.",
    tried,
    mend: "Read each certificate before you print it.",
    judge: (trial) => judgeRoots(trial, "roots.certificate"),
  },
  {
    id: "roots.duplicate-nickname",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "no two certificates have the same nickname",
    rule: "A nickname names one certificate.",
    harm: "An NSS database refuses the second; the request stays in NEED_TO_NOTIFY_ISSUED_CA_SAVE_FAILED for ever.",
    tried,
    mend: "Number them, or put the subject into the nickname.",
    judge: (trial) => judgeRoots(trial, "roots.duplicate-nickname"),
  },
  {
    id: "roots.nickname",
    severity: "must",
    operation: "FETCH-ROOTS",
    title: "nicknames are one line of plain characters",
    rule: "A nickname is one line, without characters beyond U+FFFF. JSON can say others; certmonger does not clean them.",
    harm: "A line break goes into certmonger's CA file as it is: the next line becomes a setting, and `ca_external_helper=` runs any command as root after the next start. One character beyond U+FFFF loses the whole answer.",
    tried,
    mend: "Clean what a server says before it becomes a nickname.",
    judge: (trial) => judgeRoots(trial, "roots.nickname"),
  },
  {
    id: "roots.not-a-root",
    severity: "should",
    operation: "FETCH-ROOTS",
    title: "what becomes trusted are self-signed CA certificates",
    rule: "roots and other-roots are what is to be trusted; chain certificates belong under other.",
    harm: "An intermediate becomes a trust anchor and stays one when its issuer revokes it; OpenSSL does not accept it as one.",
    tried,
    mend: "Give the self-signed certificate, and the intermediates under other.",
    judge: (trial) => judgeRoots(trial, "roots.not-a-root"),
  },
  {
    id: "roots.valid",
    severity: "should",
    operation: "FETCH-ROOTS",
    title: "no root has expired",
    rule: "FETCH-ROOTS is asked again after half of the shortest remaining validity.",
    harm: "certmonger asks every five minutes, and the expired root stays in every trust store.",
    tried,
    mend: "Leave out what has expired.",
    judge: (trial) => judgeRoots(trial, "roots.valid"),
  },
  {
    id: "roots.stable",
    severity: "should",
    operation: "FETCH-ROOTS",
    title: "FETCH-ROOTS always answers the same",
    rule: "As long as the CA's roots are the same, so is the answer.",
    harm: "certmonger rewrites every trust store of the CA each time.",
    tried: "FETCH-ROOTS twice, more than a second apart",
    mend: "Keep the order; put nothing into nicknames that changes.",
    judge: (trial) => stable(trial, ["FETCH-ROOTS"]),
  },
];

interface RootsFault {
  readonly check: Check["id"];
  readonly text: string;
}

async function judgeRoots(trial: Trial, check: Check["id"]): Promise<Verdict> {
  const run = await trial.query("FETCH-ROOTS");
  if (run.exitStatus !== 0) return unanswered(run);
  const text = stdoutText(run);
  if (text.trim() === "") return notApplicable("the answer is empty");
  const faults = await trial.remember("roots faults", async () => rootsFaults(run));
  const own = faults.find((fault) => fault.check === check);
  if (own !== undefined) return failed(own.text, run);
  const lost = faults.find((fault) => losing.includes(fault.check));
  return lost === undefined ? passed : hidden(lost.check);
}

/** With one of these, what is left of the answer is not what the helper meant. */
const losing: readonly string[] = [
  "roots.lost",
  "roots.json-nickname",
  "roots.json-keys",
  "roots.chain-trusted",
];

function rootsFaults(run: Run): RootsFault[] {
  const text = stdoutText(run);
  const { roots, otherRoots, others } = decodeRoots(text);
  const all = [...roots, ...otherRoots, ...others];
  const form = formFault(text, all);
  if (form !== undefined) return [form];
  return [
    ...all.flatMap(({ nickname }) => nicknameFaults(nickname)),
    ...duplicateFaults(all),
    ...all.flatMap((item) => certificateFaults(item)),
    ...[...roots, ...otherRoots].flatMap((item) => trustFaults(item)),
  ];
}

function formFault(text: string, stored: readonly NamedCertificate[]): RootsFault | undefined {
  const json = readJson(text);
  const isObject = json?.value instanceof Map;
  if (json !== undefined && !isObject && !text.trimStart().startsWith("-----BEGIN")) {
    return {
      check: "roots.json-nickname",
      text: `${quote(text)} is read as a JSON value; nothing is stored`,
    };
  }
  if (json?.value instanceof Map) {
    const odd = [...json.value.keys()].find((key) => !knownKeys.includes(key) && holdsPem(json.value, key));
    if (odd !== undefined) {
      return {
        check: "roots.json-keys",
        text: `the certificates under ${JSON.stringify(odd)} are not stored`,
      };
    }
  } else if (/-----END[^\r\n]*(?:\r?\n){3}/.test(text) && tooManyBlankLines(text)) {
    return {
      check: "roots.chain-trusted",
      text: "two blank lines count as one: the certificates after them are stored as other roots, and trusted",
    };
  }
  const printed = text.split("-----BEGIN").length - 1;
  const kept = stored.reduce((sum, { certificate }) => sum + certificate.split("-----BEGIN").length - 1, 0);
  if (kept < printed || stored.length === 0) {
    return { check: "roots.lost", text: `${printed} certificates in the answer, ${kept} are stored` };
  }
  return undefined;
}

const knownKeys = ["roots", "other-roots", "other"];

function holdsPem(value: Parameters<typeof jsonMember>[0], key: string): boolean {
  return JSON.stringify(jsonMember(value, key), replacer).includes("-----BEGIN");
}

function replacer(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** Two blank lines between certificates: an empty list was meant. */
function tooManyBlankLines(text: string): boolean {
  const [, after = ""] = text.split(/-----END[^\r\n]*(?:\r?\n){3}/, 2);
  return after.includes("-----BEGIN");
}

function nicknameFaults(nickname: string): RootsFault[] {
  const problem = nicknameProblem(nickname);
  return problem === undefined ? [] : [{ check: "roots.nickname", text: problem }];
}

function duplicateFaults(all: readonly NamedCertificate[]): RootsFault[] {
  const twice = all.find(
    ({ nickname }, index) => all.findIndex((other) => other.nickname === nickname) < index,
  );
  if (twice === undefined) return [];
  return [
    {
      check: "roots.duplicate-nickname",
      text: `two certificates are called ${JSON.stringify(twice.nickname)}`,
    },
  ];
}

function certificateFaults({ nickname, certificate }: NamedCertificate): RootsFault[] {
  if (read(certificate) !== undefined) return [];
  return [{ check: "roots.certificate", text: `${JSON.stringify(nickname)} is no certificate` }];
}

function trustFaults({ nickname, certificate }: NamedCertificate): RootsFault[] {
  const parsed = read(certificate);
  if (parsed === undefined) return [];
  const name = JSON.stringify(nickname);
  if (parsed.notAfter.getTime() < Date.now()) {
    return [{ check: "roots.valid", text: `${name} has expired on ${parsed.notAfter.toISOString()}` }];
  }
  if (!isSelfSigned(parsed)) return [{ check: "roots.not-a-root", text: `${name} is not self-signed` }];
  return isCa(parsed) ? [] : [{ check: "roots.not-a-root", text: `${name} is not the certificate of a CA` }];
}

/** A certificate without extensions is of version 1, and a CA's if anyone says so. */
function isCa({ extensions }: Certificate): boolean {
  try {
    return extensions.length === 0 || decodeBasicConstraints(extensions)?.ca === true;
  } catch {
    return false;
  }
}

function isSelfSigned(certificate: Certificate): boolean {
  try {
    return verifyCertificate(certificate, certificate);
  } catch {
    return Buffer.compare(certificate.subjectDer, certificate.issuerDer) === 0;
  }
}

function read(pem: string): Certificate | undefined {
  try {
    return readCertificate(pem);
  } catch {
    return undefined;
  }
}
