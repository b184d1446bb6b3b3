import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import type { Part, PartOptions } from "../part.ts";
import { circumstances } from "../report.ts";
import { type AtOnceCost, measureAtOnce } from "./at-once.ts";
import { growthChart } from "./chart.ts";
import { stockGetcert } from "./getcert.ts";
import type { Time } from "./running-daemon.ts";
import { makeModel, measureTracked, type TrackedCost } from "./tracked.ts";

/**
 * What the daemon is held to. The first three are for 1,000 tracked certificates, and of the time on the clock; where other
 * programs want the processors as well, of processor time, which is what it would be without them.
 */
export const bounds = {
  startMs: 3_000,
  /** For `getcert list`, ours and certmonger's. */
  listMs: 1_000,
  peakMb: 250,
  /** A certificate among 10,000 may cost so much of one among 1,000. */
  growth: 1.3,
  /** 100 requests at once: ours may take so much of certmonger's time. */
  atOnce: 1 / 3,
} as const;

const counts = [1_000, 2_000, 5_000, 10_000];
const requestsAtOnce = 100;
const chartName = "performance-daemon.svg";

/** Both daemons in one run. */
export interface DaemonCosts {
  /** The first is `counts[0]`, the same number as of `stock`. */
  readonly ours: readonly TrackedCost[];
  readonly stock: TrackedCost;
  readonly atOnce: { readonly ours: AtOnceCost; readonly stock: AtOnceCost };
  /** How many programs wanted a processor before this began, in the mean of a minute. */
  readonly load: number;
}

/** Measures our daemon beside the installed certmonger. */
export async function measureDaemons({ bin, scratch }: PartOptions): Promise<Part> {
  if (!stockGetcert.every(existsSync)) {
    const notMeasured = "NOT MEASURED: the daemon. certmonger is not installed: apt-get install certmonger";
    return { figures: notMeasured, data: { notMeasured }, broken: [], notMeasured };
  }
  const [load = 0] = loadavg();
  const directory = join(scratch, "daemon");
  const model = await makeModel(bin, join(scratch, "model"));
  const [first = 0, ...more] = counts;
  const ours = [await measureTracked("ours", first, { bin, model, directory, starts: 5, lists: 5 })];
  const stock = await measureTracked("certmonger", first, { bin, model, directory, starts: 1, lists: 3 });
  for (const count of more) {
    ours.push(await measureTracked("ours", count, { bin, model, directory, starts: 3, lists: 3 }));
  }
  const atOnce = {
    ours: await measureAtOnce("ours", requestsAtOnce, { bin, directory }),
    stock: await measureAtOnce("certmonger", requestsAtOnce, { bin, directory }),
  };
  const costs = { ours, stock, atOnce, load };
  return {
    figures: describe(costs),
    data: costs,
    broken: [...excesses(costs)],
    chart: { name: chartName, svg: growthChart(ours) },
  };
}

/** What is over its bound. */
export function* excesses({ ours, atOnce, load }: DaemonCosts): Generator<string> {
  const [first] = ours;
  if (first === undefined) return;
  yield* trackedExcesses(first, judgedBy(load));
  for (const { what, ratio } of growth(ours)) {
    if (ratio > bounds.growth)
      yield `${what}: a certificate costs ${ratio.toFixed(2)} times as much among many`;
  }
  const ratio = atOnce.ours.seconds / atOnce.stock.seconds;
  if (ratio > bounds.atOnce) {
    yield `${atOnce.ours.count} requests at once take ${ratio.toFixed(2)} of certmonger's time, more than a third`;
  }
}

const judgedBy = (load: number): keyof Time => (load > cpus().length ? "cpuMs" : "wallMs");

/** What is over the bounds for 1,000 tracked certificates. */
function* trackedExcesses(cost: TrackedCost, by: keyof Time): Generator<string> {
  const excess = function* (what: string, measured: number, most: number, unit: string) {
    if (measured > most)
      yield `${cost.count} tracked: ${what} is ${Math.round(measured)} ${unit}, more than ${most}`;
  };
  yield* excess("the start", cost.start[by], bounds.startMs, "ms");
  yield* excess("getcert list, ours,", cost.ourList[by], bounds.listMs, "ms");
  yield* excess("getcert list, certmonger's,", cost.stockList[by], bounds.listMs, "ms");
  yield* excess("peak memory", cost.peakMb, bounds.peakMb, "MB");
}

/** By how much a certificate costs more among the most than among the fewest; of processor time, which no load changes. */
export function growth(costs: readonly TrackedCost[]): readonly { what: string; ratio: number }[] {
  const [few, many] = [costs[0], costs.at(-1)];
  if (few === undefined || many === undefined) return [];
  const ratioOf = (of: (cost: TrackedCost) => number) => of(many) / many.count / (of(few) / few.count);
  return [
    { what: "start", ratio: ratioOf(({ start }) => start.cpuMs) },
    { what: "`getcert list`, ours", ratio: ratioOf(({ ourList }) => ourList.cpuMs) },
    { what: "`getcert list`, certmonger's", ratio: ratioOf(({ stockList }) => stockList.cpuMs) },
    { what: "peak memory", ratio: ratioOf(({ peakMb }) => peakMb) },
  ];
}

/** Markdown. */
function describe({ ours, stock, atOnce, load }: DaemonCosts): string {
  const [first = stock] = ours;
  const ratio = atOnce.ours.seconds / atOnce.stock.seconds;
  const seconds = (cost: AtOnceCost) => `${cost.seconds.toFixed(1)} s`;
  const most = `(at most ${bounds.listMs / 1000} s)`;
  return [
    rows([
      [`${thousands(first.count)} tracked certificates`, "our daemon", "certmonger"],
      [
        "start, until it answers on D-Bus",
        `${bold(first.start)} (at most ${bounds.startMs / 1000} s)`,
        time(stock.start),
      ],
      ["`getcert list`, ours", `${bold(first.ourList)} ${most}`, time(stock.ourList)],
      ["`getcert list`, certmonger's", `${bold(first.stockList)} ${most}`, time(stock.stockList)],
      ["peak memory", `**${megabytes(first)}** (at most ${bounds.peakMb} MB)`, megabytes(stock)],
    ]),
    rows([
      [`${atOnce.ours.count} requests at once`, "our daemon", "certmonger", "ours / certmonger's"],
      [
        "until all are saved",
        seconds(atOnce.ours),
        seconds(atOnce.stock),
        `**${ratio.toFixed(2)}** (at most 0.33)`,
      ],
    ]),
    rows([
      [
        "our daemon, tracking",
        "start",
        "`getcert list`, ours",
        "`getcert list`, certmonger's",
        "peak memory",
      ],
      ...ours.map((cost) => [
        thousands(cost.count),
        time(cost.start),
        time(cost.ourList),
        time(cost.stockList),
        megabytes(cost),
      ]),
      [
        "a certificate among the most / the fewest",
        ...growth(ours).map(({ ratio }) => `**${ratio.toFixed(2)}**`),
      ],
    ]),
    `In parentheses the processor time, which the last line compares; that may be at most ${bounds.growth}.`,
    `![What the daemon takes for 1,000 to 10,000 certificates](${chartName})`,
    `${circumstances()}; the shortest of three to five runs. ${surroundings(load)}`,
  ].join("\n\n");
}

function surroundings(load: number): string {
  if (judgedBy(load) === "wallMs") return "The machine had nothing else to do.";
  return `Others were at work (load ${load.toFixed(1)}), so the bounds are those of processor time.`;
}

function rows([head = [], ...body]: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const time = ({ wallMs, cpuMs }: Time): string => `${inSeconds(wallMs)} s (${inSeconds(cpuMs)})`;
const bold = ({ wallMs, cpuMs }: Time): string => `**${inSeconds(wallMs)} s** (${inSeconds(cpuMs)})`;
const inSeconds = (ms: number): string => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
const megabytes = ({ peakMb }: TrackedCost): string => `${Math.round(peakMb)} MB`;
const thousands = (count: number): string => count.toLocaleString("en");
