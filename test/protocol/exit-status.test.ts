import { describe, expect, it } from "vitest";
import { ExitStatus, exitStatusName } from "../../protocol/index.ts";

describe("exit statuses", () => {
  it("are certmonger's numbers", () => {
    expect(ExitStatus).toEqual({
      issued: 0,
      wait: 1,
      rejected: 2,
      unreachable: 3,
      unconfigured: 4,
      waitWithDelay: 5,
      unsupported: 6,
      needScepMessages: 16,
      needRekey: 17,
    });
  });

  it("have one name each, and other numbers none", () => {
    for (const [name, status] of Object.entries(ExitStatus)) expect(exitStatusName(status)).toBe(name);
    for (const status of [-1, 7, 15, 18, 127, 255, 256]) expect(exitStatusName(status)).toBeUndefined();
  });
});
