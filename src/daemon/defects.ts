import type { Observed } from "../process/command.ts";

/**
 * Why a helper that had to be stopped was stopped: certmonger would have waited for it, for ever if need be.
 *
 * @returns one line with the id of the conformance check that tells of it; undefined when the helper ended by itself, or was
 *   stopped with the daemon
 */
export function stopDefect(run: Observed, deadlineMs: number): string | undefined {
  if (run.stoppedBy === "output-limit") {
    return "hygiene.output-size: the helper wrote without end and was stopped";
  }
  if (run.stoppedBy !== "deadline") return undefined;
  const after = seconds(deadlineMs);
  return run.stdoutHeld === undefined
    ? `hygiene.deadline: the helper had not ended after ${after}`
    : `hygiene.stdout-held: the helper had ended, but its stdout was still open after ${after}${names(run.stdoutHeld.by)}`;
}

/** What does no harm here, and would have held up certmonger or is otherwise in it: lines for the log, as `stopDefect`. */
export function remarksOn(run: Observed): string[] {
  if (run.stoppedBy !== undefined) return [];
  const { stdoutHeld: held, stdoutClosedEarly: early, leftBehind } = run;
  return [
    ...(held === undefined
      ? []
      : [
          `hygiene.stdout-held: stdout was open for another ${seconds(held.afterExitMs)} after the end${names(held.by)}`,
        ]),
    ...(early === undefined
      ? []
      : [`hygiene.stdout-closed-early: it went on for ${seconds(early.beforeExitMs)} without its stdout`]),
    ...(leftBehind.length === 0
      ? []
      : [`hygiene.process-left: processes of it were ended${names(leftBehind)}`]),
  ];
}

const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(2))} s`;
const names = (processes: Observed["leftBehind"]): string =>
  processes.length === 0 ? "" : ` (${processes.map(({ name }) => name).join(", ")})`;
