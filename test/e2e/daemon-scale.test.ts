import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureAtOnce } from "../../scripts/bench/daemon/at-once.ts";
import { bounds } from "../../scripts/bench/daemon/figures.ts";
import { makeModel, measureTracked, type TrackedCost } from "../../scripts/bench/daemon/tracked.ts";
import { executable } from "./support/executable.ts";
import { need } from "./support/peers.ts";

const { leaveOut, note } = need("certmonger", "openssl");

/**
 * The figures are those of `npm run bench -- --only daemon`, which holds them to the bounds themselves. Here they are
 * held to twice as much, of processor time where that is what it takes: other tests run beside this one.
 */
const margin = 2;

describe.skipIf(leaveOut)(`the daemon and many certificates${note}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "daemon-scale-"));
  const bin = dirname(executable("certmonger-helper"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  describe("1,000 that are tracked", () => {
    let cost: TrackedCost;
    beforeAll(async () => {
      const model = await makeModel(bin, join(directory, "model"));
      const once = { starts: 1, lists: 1 };
      cost = await measureTracked("ours", 1000, {
        bin,
        model,
        directory: join(directory, "tracked"),
        ...once,
      });
    });

    it("are there soon after the start", () => {
      expect(cost.start.wallMs).toBeLessThan(bounds.startMs * margin);
      expect(cost.start.cpuMs).toBeLessThan(bounds.startMs / margin);
    });

    it("are listed by either getcert", () => {
      expect(cost.ourList.cpuMs).toBeLessThan(bounds.listMs * margin);
      expect(cost.stockList.cpuMs).toBeLessThan(bounds.listMs * margin);
    });

    it("fit into the memory that they may take", () => {
      expect(cost.peakMb).toBeLessThan(bounds.peakMb * 1.2);
    });
  });

  // certmonger takes eight times as long for twenty as for three, so this is far less than a third.
  it("has twenty certificates while certmonger gets three", async () => {
    const [ours, stock] = await Promise.all([
      measureAtOnce("ours", 20, { bin, directory: join(directory, "ours") }),
      measureAtOnce("certmonger", 3, { bin, directory: join(directory, "certmonger") }),
    ]);
    expect(ours.seconds).toBeLessThan(stock.seconds);
  });
});
