import { cpus } from "node:os";
import { describe, expect, it } from "vitest";
import { growthChart } from "../../scripts/bench/daemon/chart.ts";
import { bounds, type DaemonCosts, excesses, growth } from "../../scripts/bench/daemon/figures.ts";
import type { TrackedCost } from "../../scripts/bench/daemon/tracked.ts";

const time = (ms: number) => ({ wallMs: ms, cpuMs: ms });

const few: TrackedCost = {
  count: 1000,
  start: time(300),
  ourList: time(400),
  stockList: time(900),
  peakMb: 180,
};
const many: TrackedCost = {
  count: 10_000,
  start: time(3000),
  ourList: time(4000),
  stockList: time(9000),
  peakMb: 450,
};
const sound: DaemonCosts = {
  load: 0.5,
  ours: [few, many],
  stock: { ...few, start: time(20_000) },
  atOnce: { ours: { count: 100, seconds: 10, peakMb: 110 }, stock: { count: 100, seconds: 70, peakMb: 12 } },
};

describe("the bounds of the daemon", () => {
  it("are kept by figures that are below all of them", () => {
    expect([...excesses(sound)]).toEqual([]);
  });

  it.each<{ what: string; costs: Partial<DaemonCosts>; line: RegExp }>([
    {
      what: "a slow start",
      costs: { ours: [{ ...few, start: time(3001) }, many] },
      line: /start is 3001 ms/,
    },
    {
      what: "a slow list",
      costs: { ours: [{ ...few, ourList: time(1001) }, many] },
      line: /ours, is 1001 ms/,
    },
    {
      what: "a slow list by certmonger's getcert",
      costs: { ours: [{ ...few, stockList: time(1001) }, many] },
      line: /certmonger's, is 1001 ms/,
    },
    { what: "much memory", costs: { ours: [{ ...few, peakMb: 251 }, many] }, line: /memory is 251 MB/ },
    {
      what: "a cost that grows faster than the number",
      costs: { ours: [few, { ...many, ourList: time(5300) }] },
      line: /list`, ours: a certificate costs 1\.32 times/,
    },
    {
      what: "requests at once that take more than a third of certmonger's time",
      costs: { atOnce: { ...sound.atOnce, ours: { ...sound.atOnce.ours, seconds: 24 } } },
      line: /100 requests at once take 0\.34/,
    },
  ])("are broken by $what", ({ costs, line }) => {
    const broken = [...excesses({ ...sound, ...costs })];
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatch(line);
  });

  it("are those of processor time where others are at work", () => {
    const stretched = { ...few, ourList: { wallMs: 4000, cpuMs: 900 } };
    const ours = [stretched, many];
    expect([...excesses({ ...sound, ours, load: 50 * cpus().length })]).toEqual([]);
    expect([...excesses({ ...sound, ours })]).toHaveLength(1);
  });

  it("compare a certificate among many with one among few, by processor time", () => {
    const loaded = { ...many, start: { wallMs: 90_000, cpuMs: 3900 } };
    expect(growth([few, loaded])[0]).toEqual({ what: "start", ratio: bounds.growth });
  });
});

describe("the chart", () => {
  it("has a point for each number and each line, the largest value at the top right", () => {
    const svg = growthChart([few, many]);
    // Three lines and one, two points each, and a dot before each name.
    expect(svg.match(/<circle /g)).toHaveLength(4 * 2 + 4);
    expect(svg).toContain('<polyline points="78.4,214.2 388,71.6" fill="none" stroke="#d9730d"');
  });
});
