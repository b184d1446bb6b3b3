import { ownSymbols } from "./native.ts";

/** `PR_SET_DUMPABLE` of prctl(2). */
const setDumpable = 4;

/**
 * From here on the system writes no core dump of this process, whatever `ulimit -c` and core_pattern say, and nobody
 * but root can read its memory: session keys, tickets and passwords are in it.
 */
export function leaveNoCoreDump(): void {
  const prctl: (option: number, ...values: [number, number, number, number]) => number = ownSymbols().func(
    "int prctl(int option, unsigned long, unsigned long, unsigned long, unsigned long)",
  );
  prctl(setDumpable, 0, 0, 0, 0);
}
