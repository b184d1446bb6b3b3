import { beforeAll, describe, expect, it } from "vitest";
import { cases, type Outcome } from "./support/differential-cases.ts";
import { playOnCertmonger, playOnOurDaemon } from "./support/differential-run.ts";
import { need } from "./support/peers.ts";

const { leaveOut, note } = need("certmonger", "openssl");

describe.skipIf(leaveOut)(`a helper has the same fate with our daemon as with certmonger${note}`, () => {
  let certmonger: ReadonlyMap<string, Outcome>;
  let ours: ReadonlyMap<string, Outcome>;

  beforeAll(async () => {
    [certmonger, ours] = await Promise.all([playOnCertmonger(cases), playOnOurDaemon(cases)]);
  });

  it.each(cases)("$name", ({ name, difference }) => {
    const theirs = certmonger.get(name);
    expect(theirs).toBeDefined();
    expect(ours.get(name)).toEqual({ ...theirs, ...difference?.ours });
  });

  it("all of at least 45 cases were played, and they have many ends", () => {
    expect(certmonger.size).toBe(cases.length);
    expect(certmonger.size).toBeGreaterThanOrEqual(45);
    const ends = new Set([...certmonger.values()].map(({ state }) => state));
    for (const end of ["MONITORING", "CA_WORKING", "CA_REJECTED", "CA_UNREACHABLE", "NEED_GUIDANCE"]) {
      expect(ends).toContain(end);
    }
  });
});
