import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Queues } from "../../src/daemon/queue.ts";
import { Saver } from "../../src/daemon/saver.ts";

const log: string[] = [];
const saver = (): Saver => new Saver(new Queues(), (_level, line) => log.push(line));
const full = async (): Promise<void> => {
  throw new Error("cannot write /store/1: no space left on device");
};

beforeEach(() => {
  vi.useFakeTimers();
  log.length = 0;
});
afterEach(() => vi.useRealTimers());

it("writes what could not be written as soon as it can be, and says so once", async () => {
  const write = vi.fn(full);
  expect(await saver().save("/store/1", write)).toBe("cannot write /store/1: no space left on device");
  await vi.advanceTimersByTimeAsync(11_000);
  expect(write).toHaveBeenCalledTimes(3);
  write.mockImplementation(async () => {});
  await vi.advanceTimersByTimeAsync(30_000);
  expect(write).toHaveBeenCalledTimes(4);
  expect(log).toEqual(["cannot write /store/1: no space left on device", "/store/1 is written again"]);
});

it("never writes an older content over a newer one", async () => {
  const patient = saver();
  const written: string[] = [];
  await patient.save("/store/1", full);
  await patient.save("/store/1", async () => void written.push("newer"));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(written).toEqual(["newer"]);
});

it("does not bring back a file that is removed", async () => {
  const patient = saver();
  const write = vi.fn(full);
  const remove = vi.fn(async () => {});
  await patient.save("/store/1", write);
  await patient.forget("/store/1", remove);
  await patient.save("/store/1", write);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(write).toHaveBeenCalledTimes(1);
  expect(remove).toHaveBeenCalledTimes(1);
});

it("tries once more at the end, and then no more", async () => {
  const patient = saver();
  const write = vi.fn(full);
  await patient.save("/store/1", write);
  await patient.close();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(write).toHaveBeenCalledTimes(2);
});
