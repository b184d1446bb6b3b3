import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { Values } from "./command.ts";
import type { Surroundings } from "./terminal.ts";

/** certmonger's getcert looks this often. */
const intervalMs = 125;

/** Exit codes of `status` and of `--wait`; getcert.c, evaluate_status. */
const ExitCode = {
  issued: 0,
  timedOut: 1,
  rejected: 2,
  unreachable: 3,
  stuck: 4,
  underWay: 5,
} as const;

/** The exit code for a state in which a request rests; `undefined` while it goes on by itself. */
function codeAtRest(state: string, isStuck: boolean): number | undefined {
  switch (state) {
    case "MONITORING":
      return ExitCode.issued;
    case "CA_REJECTED":
      return ExitCode.rejected;
    case "CA_WORKING":
      return ExitCode.underWay;
    case "CA_UNREACHABLE":
      return ExitCode.unreachable;
    default:
      return isStuck ? ExitCode.stuck : undefined;
  }
}

/** The exit code of `getcert status`. */
export function codeOf(state: string, isStuck: boolean): number {
  return codeAtRest(state, isStuck) ?? ExitCode.underWay;
}

export const stateLine = (state: string, isStuck: boolean): string =>
  `State ${state}, stuck: ${isStuck ? "yes" : "no"}.\n`;

/**
 * Waits until a request rests, as `--wait` asks for; a state that passes between two looks is not seen.
 *
 * @returns the exit code; 0 at once when nobody asked
 */
export async function waitIfAsked(
  client: Client,
  path: string,
  values: Values,
  { print, signal }: Surroundings,
): Promise<number> {
  if (!values.has("wait")) return 0;
  const timeout = values.number("waitTimeout") ?? 0;
  const deadline = timeout > 0 ? Date.now() + timeout * 1000 : Number.POSITIVE_INFINITY;
  let shown = "";
  for (;;) {
    const { state, isStuck } = await client.status(path);
    if (values.isVerbose && state !== shown) print(stateLine(state, isStuck));
    shown = state;
    const code = codeAtRest(state, isStuck);
    if (code !== undefined) return code;
    if (Date.now() >= deadline) return ExitCode.timedOut;
    await delay(intervalMs, undefined, signal ? { signal } : undefined);
  }
}
