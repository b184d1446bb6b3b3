import { homedir } from "node:os";
import type { Outcome } from "../judge-reply.ts";
import type { RunSpec } from "../run.ts";
import type { Enrollment, Trial } from "../trial.ts";
import type { CheckId } from "./check.ts";

/** A part of certmonger's environment that the helper does not get along with. */
export interface Relaxation {
  readonly check: CheckId;
  readonly text: string;
  /** The request that went better without it. */
  readonly enrollment: Enrollment;
}

interface Ease {
  readonly check: CheckId;
  readonly text: string;
  readonly changes?: Readonly<Record<string, string>>;
  readonly run?: (argv: readonly string[]) => Partial<RunSpec>;
}

/**
 * Asks why a plain request failed: tries it again with the things that certmonger takes away, all at once and, if that
 * helps, each alone. Done only when the plain request was broken, or refused for want of something.
 */
export function relaxation(trial: Trial): Promise<Relaxation | undefined> {
  return trial.remember("relaxation", async () => {
    const { outcome } = (await trial.plain()).judgement;
    if (rank(outcome) === 2) return undefined;
    const eases = easesOf();
    const together = await attempt(trial, eases, "with all that certmonger takes away");
    if (rank(together.judgement.outcome) <= rank(outcome)) return undefined;
    for (const ease of eases) {
      const enrollment = await attempt(trial, [ease], ease.text);
      if (rank(enrollment.judgement.outcome) > rank(outcome)) {
        const text = `the plain request was ${outcome}; ${ease.text} it was ${enrollment.judgement.outcome}`;
        return { check: ease.check, text, enrollment };
      }
    }
    return undefined;
  });
}

/** How far an outcome is from what was wanted. */
function rank(outcome: Outcome): 0 | 1 | 2 {
  if (outcome === "broken") return 0;
  return outcome === "unreachable" || outcome === "unconfigured" ? 1 : 2;
}

function easesOf(): Ease[] {
  return [
    {
      check: "hygiene.path",
      text: "with this shell's PATH",
      changes: { PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin" },
    },
    { check: "hygiene.stdin", text: "with an open stdin", run: (argv) => ({ argv: withStdin(argv) }) },
    { check: "hygiene.no-home", text: "with a HOME that exists", changes: { HOME: homedir() } },
    {
      check: "hygiene.working-directory",
      text: "in the directory where the harness runs",
      run: () => ({ directory: process.cwd() }),
    },
    { check: "hygiene.locale", text: "with a UTF-8 locale", changes: { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" } },
  ];
}

function attempt(trial: Trial, eases: readonly Ease[], scenario: string): Promise<Enrollment> {
  const { command } = trial.options;
  return trial.enroll(trial.samples.fresh("a plain CSR"), {
    scenario,
    changes: Object.assign({}, ...eases.map(({ changes }) => changes)),
    run: Object.assign({}, ...eases.map(({ run }) => run?.(command))),
  });
}

/** The text is fixed; the command and its arguments are positional parameters. */
function withStdin(argv: readonly string[]): string[] {
  return ["/bin/sh", "-c", 'exec "$@" </dev/null', "sh", ...argv];
}
