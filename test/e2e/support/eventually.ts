import { setTimeout as delay } from "node:timers/promises";

const intervalMs = 50;

/**
 * Looks again and again until `probe` finds something, and returns that.
 *
 * For what another program does in its own time and announces to nobody. `undefined` and `false` mean "not
 * yet"; a throw ends the wait.
 *
 * @throws when `deadlineMs` passes, with `what` was awaited and `explain()`, the state of things then
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { deadlineMs = 60_000, explain = () => "" as string }: { deadlineMs?: number; explain?: () => string } = {},
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) throw new Error(`not within ${deadlineMs / 1000} s: ${what}\n${explain()}`);
    await delay(intervalMs);
  }
}
