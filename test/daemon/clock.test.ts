import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SystemClock } from "../../src/daemon/clock.ts";

const day = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it("the computer's clock keeps nobody waiting when it is set back by a month", async () => {
  const work = vi.fn();
  new SystemClock().schedule(new Date(Date.now() + 60_000), work);
  vi.setSystemTime(Date.now() - 30 * day);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(work).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2000);
  expect(work).toHaveBeenCalledTimes(1);
});

it("the computer's clock that is set forward by ten years is seen within a day", async () => {
  const work = vi.fn();
  new SystemClock().schedule(new Date(Date.now() + 60 * day), work);
  vi.setSystemTime(Date.now() + 3650 * day);
  await vi.advanceTimersByTimeAsync(day + 1000);
  expect(work).toHaveBeenCalledTimes(1);
});
