import type { Leak } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, optIn, passed, type Verdict } from "./check.ts";
import { runEachOperation } from "./hygiene-processes.ts";

const tried = "every run of this trial, looking for the content of the --secret files";

export const secretChecks: readonly Check[] = [
  {
    id: "hygiene.secret-argv",
    severity: "must",
    operation: "any",
    title: "secrets are not on a command line",
    rule: "Every user of the system can read the arguments of every process.",
    harm: "Any local user gets the password with `ps`.",
    tried: `${tried} in the process table`,
    mend: "Hand secrets to tools in a file, a pipe or the environment (`curl --config -`, `openssl -passin file:`).",
    judge: (trial) => judgeLeaks(trial, ["argv"]),
  },
  {
    id: "hygiene.secret-output",
    severity: "must",
    operation: "any",
    title: "secrets are not in output or messages",
    rule: "stdout is shown to users and kept by certmonger, cookies too; stderr goes to the journal.",
    harm: "The password stands in getcert list, in /var/lib/certmonger or in the journal.",
    tried: `${tried} on stdout and stderr`,
    mend: "Do not print URLs with passwords, requests or configuration; do not trace (`set -x`, curl -v).",
    judge: (trial) => judgeLeaks(trial, ["stdout", "stderr"]),
  },
  {
    id: "hygiene.secret-files",
    severity: "must",
    operation: "any",
    title: "secrets are not left in temporary files",
    rule: "TMPDIR is for the time of the run.",
    harm: "The password lies on the disk.",
    tried: `${tried} in what is left in TMPDIR`,
    mend: "Use a pipe; remove temporary files at every exit.",
    judge: (trial) => judgeLeaks(trial, ["file"]),
  },
];

async function judgeLeaks(trial: Trial, where: readonly Leak["where"][]): Promise<Verdict> {
  if (trial.options.secrets.length === 0) return optIn("--secret");
  await runEachOperation(trial);
  for (const run of trial.runs) {
    const leak = run.leaks.find((other) => where.includes(other.where));
    if (leak === undefined) continue;
    const place = leak.where === "argv" ? `the arguments of ${leak.what}` : leak.what;
    return failed(`${run.scenario}: a secret stands in ${place}`, run);
  }
  return passed;
}
