import { cpus } from "node:os";
import type { Figure, Outcome } from "./compare.ts";

/** The figures as a table of Markdown, which a person can read as it is. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, peer, wallMs, cpuMs, peakMib, bounds }) => [
    `${name} / ${peer}`,
    ratio(wallMs, bounds.wall),
    ratio(cpuMs),
    ratio(peakMib, bounds.peak),
    `${wallMs.ours.toFixed(1)} / ${wallMs.peer.toFixed(1)} ms`,
    `${peakMib.ours.toFixed(0)}${atMost(bounds.peakMib)} / ${peakMib.peer.toFixed(0)} MiB`,
  ]);
  const head = ["ours / peer", "wall time", "CPU time", "peak memory", "wall time", "peak memory"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function sizeLine(sizeMb: number, boundMb: number): string {
  return `The executable, one file for all names: ${sizeMb.toFixed(1)} MB (at most ${boundMb}).`;
}

/** Where the figures come from: they are worth nothing without it. */
export function circumstances(): string {
  const processors = cpus();
  return `Node ${process.version}, ${processors.length} x ${processors[0]?.model ?? "processor"}`;
}

function ratio({ ratio }: Figure, bound?: number): string {
  return bound === undefined ? ratio.toFixed(2) : `**${ratio.toFixed(2)}**${atMost(bound)}`;
}

const atMost = (bound: number | undefined) => (bound === undefined ? "" : ` (at most ${bound})`);
