import { queryOperations } from "../../../protocol/index.ts";
import { isHeld, type Run } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, passed } from "./check.ts";
import { provokeRefusals } from "./enroll-odd-csrs.ts";
import { allQueries } from "./operations.ts";

/** What a person would call a long time, and what a loaded machine does not make of a short one. */
const longMs = 1000;
const slowQueryMs = 3000;

const every = "every run of this trial";

export const processChecks: readonly Check[] = [
  {
    id: "hygiene.stdout-held",
    severity: "must",
    operation: "any",
    title: "nothing keeps stdout open after the exit",
    rule: "The call ends when stdout is at its end: everybody who has it open must have closed it.",
    harm: "The request stays SUBMITTING as long as the other process lives.",
    tried: every,
    mend: "Redirect the output of what you leave in the background: `>/dev/null 2>&1`. Better: leave nothing.",
    judge: async (trial) => {
      const run = (await someRuns(trial)).find(
        (some) => isHeld(some) && (some.stdoutHeld?.afterExitMs ?? 0) > longMs,
      );
      if (run?.stdoutHeld === undefined) return passed;
      const names = run.stdoutHeld.by.map(({ name }) => name).join(", ");
      const seconds = (run.stdoutHeld.afterExitMs / 1000).toFixed(1);
      return failed(`${run.scenario}: ${names} kept stdout open for ${seconds} s after the exit`, run);
    },
  },
  {
    id: "hygiene.stdout-closed-early",
    severity: "must",
    operation: "any",
    title: "stdout is not closed before the end",
    rule: "When stdout is at its end, certmonger waits for the exit, and does nothing else meanwhile.",
    harm: "The whole daemon stands still: no other request, no D-Bus, getcert hangs.",
    tried: every,
    mend: "Exit when the reply is written; do what remains before.",
    judge: async (trial) => {
      const run = (await someRuns(trial)).find(
        ({ stdoutClosedEarly }) => (stdoutClosedEarly?.beforeExitMs ?? 0) > longMs,
      );
      if (run?.stdoutClosedEarly === undefined) return passed;
      const seconds = (run.stdoutClosedEarly.beforeExitMs / 1000).toFixed(1);
      return failed(`${run.scenario}: it went on for ${seconds} s after closing stdout`, run);
    },
  },
  {
    id: "hygiene.process-left",
    severity: "should",
    operation: "any",
    title: "no process is left behind",
    rule: "A run is over when the helper has exited.",
    harm: "Processes pile up with each run, as root, in certmonger's control group; systemd ends them with the service.",
    tried: every,
    mend: "Wait for the processes that you start; make what must live on a service of its own.",
    judge: async (trial) => {
      const runs = await someRuns(trial);
      const run = runs.find(({ leftProcesses, stoppedBy }) => leftProcesses.length > 0 && !stoppedBy);
      if (run === undefined) return passed;
      if (isHeld(run)) return hidden("hygiene.stdout-held");
      return failed(`${run.scenario}: ${run.leftProcesses.join(", ")} was still running`, run);
    },
  },
  {
    id: "hygiene.deadline",
    severity: "must",
    operation: "any",
    title: "every run ends in time",
    rule: "certmonger has no time-out: a helper needs its own.",
    harm: "The request stays SUBMITTING for ever, and the daemon does not stop when it is told to.",
    tried: `${every}; --timeout sets the time`,
    mend: "Give every call to a server a deadline, and the whole run one; answer 5 with a delay, or 3, when it is over.",
    judge: async (trial) => {
      const late = (some: Run): boolean => some.stoppedBy === "deadline" && !isHeld(some);
      const run = (await someRuns(trial)).find(late);
      if (run === undefined) return passed;
      return failed(`${run.scenario}: still running after ${(run.durationMs / 1000).toFixed(0)} s`, run);
    },
  },
  {
    id: "hygiene.output-size",
    severity: "must",
    operation: "any",
    title: "the output has an end",
    rule: "certmonger reads all of stdout into memory, without a limit.",
    harm: "The daemon grows until the kernel ends it, or something else.",
    tried: `${every}; more than 8 MB is too much`,
    mend: "Print the reply and nothing else; see what the tools that you call print.",
    judge: async (trial) => {
      const run = (await someRuns(trial)).find(({ stoppedBy }) => stoppedBy === "output-limit");
      return run === undefined ? passed : failed(`${run.scenario}: more than 8 MB on stdout`, run);
    },
  },
  {
    id: "hygiene.slow-query",
    severity: "should",
    operation: "the eight queries",
    title: "the queries are answered within seconds",
    rule: "certmonger asks all eight at once, of every CA, whenever it starts.",
    harm: "The data arrives after the first request was submitted, and that request is stopped and run again: two certificates.",
    tried: "each query alone; a slow one a second time; three seconds are too long",
    mend: "Answer from files or constants; keep what a server said for a while.",
    judge: async (trial) => {
      const isSlow = ({ durationMs, stoppedBy }: Run): boolean => durationMs > slowQueryMs && !stoppedBy;
      for (const run of await allQueries(trial)) {
        if (!isSlow(run)) continue;
        const operation = queryOperations.find((name) => name === run.operation);
        if (operation === undefined) continue;
        const again = await trial.query(operation, "once more");
        if (isSlow(again))
          return failed(`${operation} took ${(run.durationMs / 1000).toFixed(1)} s`, run, again);
      }
      return passed;
    },
  },
  {
    id: "hygiene.temporary-files",
    severity: "should",
    operation: "any",
    title: "no temporary files are left",
    rule: "TMPDIR is for the time of the run.",
    harm: "The disk fills, one file with each run; CSRs and answers lie about.",
    tried: `${every}; TMPDIR is a directory of its own for each`,
    mend: "Remove them in a handler that runs at every exit (`trap ... EXIT`), or do without.",
    judge: async (trial) => {
      const runs = await someRuns(trial);
      const run = runs.find(({ leftFiles, stoppedBy }) => leftFiles.length > 0 && !stoppedBy);
      if (run === undefined) return passed;
      if (run.leaks.some(({ where }) => where === "file")) return hidden("hygiene.secret-files");
      return failed(`${run.scenario}: ${run.leftFiles.join(", ")} was left`, run);
    },
  },
];

/** Every undisturbed run so far; a plain request, refusals and the queries are among them. */
async function someRuns(trial: Trial): Promise<readonly Run[]> {
  await runEachOperation(trial);
  return trial.runs.filter(({ disturbed }) => !disturbed);
}

/** Makes sure that there are runs of every operation to look at. */
export async function runEachOperation(trial: Trial): Promise<void> {
  await allQueries(trial);
  await provokeRefusals(trial);
}
