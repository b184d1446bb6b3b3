import { ExitStatus } from "../../../protocol/index.ts";
import { describeEnd, type Run } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed } from "./check.ts";
import { describe, isAlike, plainFault } from "./plain.ts";

/** A helper that is done before this is not worth a signal: it would hit the start of its interpreter. */
const worthwhileMs = 1000;

export const signalChecks: readonly Check[] = [
  {
    id: "hygiene.sigterm",
    severity: "should",
    operation: "SUBMIT",
    title: "SIGTERM ends it with an answer",
    rule: "When the system stops certmonger, its helpers get SIGTERM as well. A helper that a signal ends has not answered.",
    harm: "NEED_GUIDANCE: after the restart nobody tries again. A helper that ignores SIGTERM delays the shutdown.",
    tried:
      "a plain request, SIGTERM to all of it at half of its usual time; only where that time is a second or more",
    mend: "Catch SIGTERM, stop what is going on, print a line and exit 3, or 1 with a cookie.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const usualMs = (await trial.plain()).runs[0]?.durationMs ?? 0;
      if (usualMs < worthwhileMs) return notApplicable("its SUBMIT takes less than a second");
      const { last } = await trial.enroll(trial.samples.fresh("a plain CSR"), {
        scenario: "SIGTERM in the middle",
        run: { terminateAfterMs: usualMs / 2, disturbed: true },
        once: true,
      });
      if (last.signal === "SIGKILL") return failed("it did not end within two seconds of SIGTERM", last);
      return isAnswer(last) ? passed : failed(`SIGTERM ended it with ${describeEnd(last)}`, last);
    },
  },
  {
    id: "hygiene.kill",
    severity: "must",
    operation: "SUBMIT",
    title: "after SIGKILL the next run works",
    rule: "A run may end at any moment: out of memory, power cut, a stopped service.",
    harm: "A lock or a half-written file that is left blocks every later request until a person removes it.",
    tried: "SIGKILL to all of it at a hundred moments of a SUBMIT or more, with a plain request in between",
    mend: "Use locks that the kernel releases (flock), write files beside and rename them.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      const until = performance.now() + killingMs;
      for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round++) {
        const killed = await killedRun(trial, round, until);
        const after = await trial.enroll(trial.samples.fresh("a plain CSR"), { scenario: "after SIGKILL" });
        if (isAlike(plain, after)) continue;
        const finding = `the plain request was ${describe(plain.judgement.outcome)}; after SIGKILL it was ${describe(after.judgement.outcome)}`;
        return failed(finding, ...killed, after.last);
      }
      return passed;
    },
  },
];

/** How long to go on killing. */
const killingMs = 5000;
const rounds = 8;
const killsInRound = 20;
/** From the start of the harness's work to that of the helper. */
const startMs = 6;

/**
 * Kills some runs at moments that are spread evenly over the usual time, no two alike; the last of them. A file is
 * open for writing for a small part of that time only.
 */
async function killedRun(trial: Trial, round: number, until: number): Promise<Run[]> {
  const usual = await usualTimes(trial);
  let last: Run[] = [];
  for (let kill = 0; kill < killsInRound; kill++) {
    if (kill >= 5 && performance.now() > until) break;
    const share = ((round * killsInRound + kill) * 0.618034) % 1;
    const usualMs = kill % 2 === 0 ? usual.shortestMs : usual.longestMs;
    const { runs } = await trial.enroll(trial.samples.fresh("a plain CSR"), {
      scenario: "SIGKILL in the middle",
      run: { killAfterMs: startMs + usualMs * (0.1 + 1.1 * share), disturbed: true },
      once: true,
    });
    if (runs[0]?.signal !== undefined) last = [...runs];
  }
  return last;
}

/** How long a SUBMIT takes at best and at worst: on a busy machine that is not the same. */
function usualTimes(trial: Trial): Promise<{ shortestMs: number; longestMs: number }> {
  return trial.remember("usual times", async () => {
    const times: number[] = [];
    for (let request = 0; request < 4; request++) {
      const { runs } = await trial.enroll(trial.samples.fresh("a plain CSR"), {
        scenario: "the usual time",
        once: true,
      });
      times.push(...runs.map(({ durationMs }) => durationMs));
    }
    return { shortestMs: Math.min(...times), longestMs: Math.max(...times) };
  });
}

function isAnswer({ exitStatus }: Run): boolean {
  return exitStatus !== undefined && exitStatus <= ExitStatus.waitWithDelay;
}
