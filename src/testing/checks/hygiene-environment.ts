import type { Trial } from "../trial.ts";
import { type Check, type CheckId, failed, hidden, passed, type Verdict } from "./check.ts";
import { judgeAlike, plainFault } from "./plain.ts";
import { relaxation } from "./relaxation.ts";

export const environmentChecks: readonly Check[] = [
  {
    id: "hygiene.path",
    severity: "must",
    operation: "SUBMIT",
    title: "it works with certmonger's PATH",
    rule: "PATH is /usr/bin:/bin:/usr/sbin:/sbin: no /usr/local/bin, no version manager.",
    harm: "`#!/usr/bin/env node` ends with 127: the request goes to NEED_GUIDANCE without a message.",
    tried: "a plain request and, if it fails, one with the PATH of the shell",
    mend: "Name interpreters and tools by their absolute paths.",
    judge: (trial) => judgeRelaxed(trial, "hygiene.path"),
  },
  {
    id: "hygiene.stdin",
    severity: "must",
    operation: "SUBMIT",
    title: "it works with stdin closed",
    rule: "Descriptor 0 is closed, not /dev/null: the first file that is opened becomes stdin.",
    harm: "What reads stdin fails, or reads some file: the request goes to NEED_GUIDANCE.",
    tried: "a plain request and, if it fails, one with stdin from /dev/null",
    mend: "Open /dev/null as stdin first thing (`exec </dev/null` in a shell); do not read stdin when CERTMONGER_OPERATION is set.",
    judge: (trial) => judgeRelaxed(trial, "hygiene.stdin"),
  },
  {
    id: "hygiene.working-directory",
    severity: "must",
    operation: "SUBMIT",
    title: "it works in /",
    rule: "The working directory is /.",
    harm: "Files with relative paths are not found when certmonger runs the helper, though it works by hand.",
    tried: "a plain request in / and, if it fails, one in the directory of the harness",
    mend: "Use absolute paths, or paths relative to the helper's own file.",
    judge: (trial) => judgeRelaxed(trial, "hygiene.working-directory"),
  },
  {
    id: "hygiene.no-home",
    severity: "must",
    operation: "SUBMIT",
    title: "it works without a home directory",
    rule: "HOME is fixed when certmonger is built (/run/certmonger) and need not exist.",
    harm: "Requests fail on systems where the directory is missing, usually after a restart.",
    tried: "a plain request, one without HOME and one with a HOME that does not exist",
    mend: "Keep nothing in HOME; take paths from options.",
    judge: async (trial) => {
      const relaxed = await judgeRelaxed(trial, "hygiene.no-home");
      if (relaxed.verdict !== "passed") return relaxed;
      const absent = await variant(trial, "without HOME", { HOME: undefined });
      if (absent.verdict !== "passed") return absent;
      return variant(trial, "with a HOME that does not exist", { HOME: "/nonexistent/home" });
    },
  },
  {
    id: "hygiene.locale",
    severity: "must",
    operation: "SUBMIT",
    title: "it works in any locale",
    rule: "LANG and LC_* are handed down from the daemon: they may be anything, also a locale that is not installed.",
    harm: "Translated output of tools is not understood; dates and numbers are written in another form; upper-casing `i` goes wrong.",
    tried: "a plain request with German and Turkish locales, and one with the C locale",
    mend: "Set LC_ALL=C for the tools that you call; do not let the locale decide about data.",
    judge: async (trial) => {
      const relaxed = await judgeRelaxed(trial, "hygiene.locale");
      if (relaxed.verdict !== "passed") return relaxed;
      const foreign = { LANG: "de_DE.UTF-8", LC_CTYPE: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
      const turkish = await variant(trial, "with a foreign locale", foreign);
      if (turkish.verdict !== "passed") return turkish;
      return variant(trial, "with the C locale", { LANG: "C", LC_CTYPE: "C", LC_ALL: "C" });
    },
  },
];

async function judgeRelaxed(trial: Trial, check: CheckId): Promise<Verdict> {
  const relaxed = await relaxation(trial);
  if (relaxed?.check === check) {
    return failed(relaxed.text, (await trial.plain()).last, relaxed.enrollment.last);
  }
  const stop = await plainFault(trial);
  return stop === undefined ? passed : hidden(stop.check);
}

function variant(
  trial: Trial,
  scenario: string,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<Verdict> {
  return judgeAlike(trial, trial.samples.fresh("a plain CSR"), { scenario, changes });
}
