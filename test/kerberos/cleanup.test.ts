import { describe, expect, it } from "vitest";
import { Cleanup } from "../../src/kerberos/cleanup.ts";

describe("cleaning up", () => {
  it("releases in the reverse order, each once", () => {
    const released: string[] = [];
    const cleanup = new Cleanup();
    for (const name of ["context", "ccache", "credential"]) cleanup.add(() => released.push(name));
    cleanup.run();
    cleanup.run();
    expect(released).toEqual(["credential", "ccache", "context"]);
  });

  it("leaves everything in place for as long as somebody works with it", async () => {
    let isReleased = false;
    const cleanup = new Cleanup();
    cleanup.add(() => {
      isReleased = true;
    });
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const works = [first, second].map(({ promise }) => cleanup.keepDuring(() => promise));
    cleanup.run();
    first.resolve();
    await works[0];
    expect(isReleased).toBe(false);
    second.reject(new Error("failed"));
    await expect(works[1]).rejects.toThrow("failed");
    expect(isReleased).toBe(true);
  });
});
