import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab } from "./support/lab.ts";

/** What an author reads first when a test fails. */
describe("a request that does not get where a test waits for it says why", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(async () => await lab.end());

  it.each([
    { does: "echo not today; exit 2", says: "stuck in CA_REJECTED: not today" },
    {
      does: "exit 1",
      says: "stuck in NEED_GUIDANCE: the helper's answer makes no sense: exit status 1, nothing on stdout",
    },
    {
      does: "echo '{}'; echo 'Traceback: x' >&2; exit 0",
      says: 'stuck in NEED_GUIDANCE: the helper\'s answer makes no sense: exit status 0, stdout begins "{}", stderr ends "Traceback: x"',
    },
    { does: "kill -9 $$", says: "makes no sense: killed by SIGKILL, nothing on stdout" },
    { does: "echo c; exit 1", says: "is after 2 s still in CA_WORKING" },
  ])("$does", async ({ does, says }) => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.script("helper", does) });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await expect(request.reaches("MONITORING", { deadlineMs: 2000 })).rejects.toThrow(says);
  });

  it.each([
    { ca: "Typo", says: 'stuck in NEED_CA: there is no CA with the name "Typo"' },
    { ca: "Missing", says: "still in NEED_TO_SUBMIT: no such file: /no/such/helper" },
  ])("with the CA $ca", async ({ ca, says }) => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Missing", helper: "/no/such/helper --x" });
    const request = await daemon.request(lab.wish(ca, "www", { keyType: "EC" }));
    await expect(request.reaches("MONITORING", { deadlineMs: 2000 })).rejects.toThrow(says);
  });
});
