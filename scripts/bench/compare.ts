import { type Command, type Cost, measure } from "./measure.ts";

/** One process against another that does the same work, or none. */
export interface Comparison {
  readonly name: string;
  readonly ours: Command;
  /** What our stdout has to match: a run that fails fast is not a fast run. */
  readonly answers: RegExp;
  readonly peer: Command & { readonly name: string };
  /** The ratio ours / peer may be at most this; `peakMib` is for ours alone. */
  readonly bounds: { readonly wall?: number; readonly peak?: number; readonly peakMib?: number };
}

/** The median of one figure over all runs. */
export interface Figure {
  readonly ours: number;
  readonly peer: number;
  /** The median of the ratios of pairs, not the ratio of the medians: what slows the machine slows both of a pair. */
  readonly ratio: number;
}

export interface Outcome {
  readonly name: string;
  readonly peer: string;
  readonly wallMs: Figure;
  readonly cpuMs: Figure;
  readonly peakMib: Figure;
  readonly bounds: Comparison["bounds"];
}

/** Runs ours and its peer in turn, after one run of each that does not count. */
export function compare({ name, ours, answers, peer, bounds }: Comparison, pairs: number): Outcome {
  const pair = () => ({ ours: measure(ours, answers), peer: measure(peer, /^/) });
  pair();
  const runs = Array.from({ length: pairs }, pair);
  const figure = (of: keyof Cost): Figure => ({
    ours: median(runs.map((run) => run.ours[of])),
    peer: median(runs.map((run) => run.peer[of])),
    ratio: median(runs.map((run) => run.ours[of] / run.peer[of])),
  });
  return {
    name,
    peer: peer.name,
    wallMs: figure("wallMs"),
    cpuMs: figure("cpuMs"),
    peakMib: figure("peakMib"),
    bounds,
  };
}

/** What is over its bound, one line each. */
export function excesses({ name, peer, wallMs, peakMib, bounds }: Outcome): string[] {
  const excess = (what: string, { ratio }: Figure, bound: number | undefined) =>
    bound !== undefined && ratio > bound
      ? [`${name}: ${what} is ${ratio.toFixed(2)} x ${peer}, more than ${bound}`]
      : [];
  const { peakMib: most } = bounds;
  const isTooBig = most !== undefined && peakMib.ours > most;
  return [
    ...excess("wall time", wallMs, bounds.wall),
    ...excess("peak memory", peakMib, bounds.peak),
    ...(isTooBig ? [`${name}: peak memory is ${peakMib.ours.toFixed(0)} MiB, more than ${most}`] : []),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const around = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((around[0] ?? 0) + (around[1] ?? 0)) / 2;
}
