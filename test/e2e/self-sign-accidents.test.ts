import { describe, expect, it } from "vitest";
import { expectOneCaForAll, expectToSurviveKills } from "../helpers/self-sign/support/accidents.ts";
import { executable } from "./support/executable.ts";
import { need } from "./support/peers.ts";

const { leaveOut, note } = need("openssl");

describe.skipIf(leaveOut)(`self-sign-submit under stress${note}`, () => {
  const command = [executable("self-sign-submit")];

  it("makes one CA and 40 certificates when it runs 40 times at once in an empty directory", async () => {
    await expectOneCaForAll(command, 40);
  });

  it("leaves a CA in order when it is killed, at 200 random moments", async () => {
    // Some runs are over before they are to be killed; most are not.
    expect(await expectToSurviveKills(command, 200)).toBeGreaterThan(100);
  });
});
