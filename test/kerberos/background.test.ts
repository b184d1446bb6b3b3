import { describe, expect, it } from "vitest";
import { untilAborted } from "../../src/kerberos/background.ts";

describe("work that can be given up", () => {
  it("gives what it gives when nothing stops it", async () => {
    expect(await untilAborted(Promise.resolve(1), undefined)).toBe(1);
    expect(await untilAborted(Promise.resolve(1), new AbortController().signal)).toBe(1);
    await expect(untilAborted(Promise.reject(new Error("no")), new AbortController().signal)).rejects.toThrow(
      "no",
    );
  });

  it("rejects with the signal's reason at once, and hands a late result to be discarded", async () => {
    const work = Promise.withResolvers<string>();
    const controller = new AbortController();
    const reason = new Error("stopped");
    const discarded: string[] = [];
    const waiting = untilAborted(work.promise, controller.signal, (late) => discarded.push(late));
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    work.resolve("ticket");
    await work.promise;
    expect(discarded).toEqual(["ticket"]);
  });

  it("does not wait for work when the signal was aborted before, nor complain of its failure later", async () => {
    const work = Promise.withResolvers<string>();
    await expect(untilAborted(work.promise, AbortSignal.abort("stopped"))).rejects.toBe("stopped");
    work.reject(new Error("late"));
    await expect(work.promise).rejects.toThrow("late");
  });
});
