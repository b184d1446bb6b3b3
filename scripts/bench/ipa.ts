import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Comparison } from "./compare.ts";
import type { KerberosLab } from "./kerberos-lab.ts";
import type { Command } from "./measure.ts";

const principal = "host/client.example.test";
const atOnce = ["-J", "https://ipa.example.test/ipa/x/atonce/json"];

/** 90 MB. */
const peakMib = 86;

/** What certmonger asks at each of its starts, and what certmonger's own helper answers where it does not know. */
const questions: readonly { readonly operation: string; readonly theirs?: 6; readonly ours?: 6 }[] = [
  { operation: "IDENTIFY" },
  { operation: "FETCH-ROOTS" },
  { operation: "GET-SUPPORTED-TEMPLATES", theirs: 6 },
  { operation: "GET-DEFAULT-TEMPLATE", theirs: 6 },
  { operation: "GET-NEW-REQUEST-REQUIREMENTS" },
  { operation: "GET-RENEW-REQUEST-REQUIREMENTS", theirs: 6 },
  { operation: "FETCH-SCEP-CA-CAPS", theirs: 6, ours: 6 },
  { operation: "FETCH-SCEP-CA-CERTS", theirs: 6, ours: 6 },
];

/**
 * ipa-submit beside certmonger's helper of that name, with a keytab against a real KDC, web server and directory.
 *
 * The lab's server signs with openssl, for 20 ms; a FreeIPA takes 400 and more. With a certificate that is given at
 * once nothing but the helpers is left.
 */
export function ipaComparisons(bin: string, scratch: string, lab: KerberosLab): Comparison[] {
  const state = join(scratch, "ipa-state");
  const csr = makeCsr();
  const compared = (operation: string, words: readonly string[], [ours, theirs]: [number, number]) => {
    const environment = {
      CERTMONGER_OPERATION: operation,
      ...(operation === "SUBMIT" && { CERTMONGER_CSR: csr, CERTMONGER_REQ_PRINCIPAL: principal }),
    };
    const common = { environment, within: lab.within };
    const mine: Command = {
      ...{ ...common, exitStatus: ours },
      argv: [join(bin, "ipa-submit"), "--state-directory", state, ...words],
      // Or the same request would be given the certificate of the run before.
      before: () => rmSync(join(state, "answers"), { recursive: true, force: true }),
    };
    const peer = { ...common, exitStatus: theirs, argv: [lab.original, ...words] };
    return { ours: mine, peer: { name: "certmonger's", ...peer } };
  };
  const submit = { answers: /-----BEGIN CERTIFICATE-----/ };
  return [
    {
      ...{ ...submit, ...compared("SUBMIT", [], [0, 0]) },
      ...{ name: "SUBMIT, ipa-submit", bounds: { wall: 3, peakMib } },
    },
    {
      ...{ ...submit, ...compared("SUBMIT", atOnce, [0, 0]) },
      ...{ name: "SUBMIT, ipa-submit, answered at once", bounds: {} },
    },
    ...questions.map(({ operation, ours = 0, theirs = 0 }) => ({
      ...{ name: `${operation}, ipa-submit`, answers: /^/, bounds: {} },
      ...compared(operation, [], [ours, theirs]),
    })),
  ];
}

function makeCsr(): string {
  const subject = ["-subj", "/CN=client.example.test", "-addext", "subjectAltName=DNS:client.example.test"];
  const newKey = ["-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null"];
  return execFileSync("openssl", ["req", "-new", ...newKey, ...subject], { encoding: "utf8", stdio: "pipe" });
}
