import { statSync } from "node:fs";
import { join } from "node:path";
import { executableName } from "../build/project.ts";
import { compare, excesses } from "./compare.ts";
import { comparisons } from "./comparisons.ts";
import { conformanceBoundSeconds, describeConformance, runConformance } from "./conformance.ts";
import { measureDaemons } from "./daemon/figures.ts";
import { ipaComparisons } from "./ipa.ts";
import { withKerberosLab } from "./kerberos-lab.ts";
import type { Part, PartOptions } from "./part.ts";
import { circumstances, sizeLine, table } from "./report.ts";

export const partNames = ["helpers", "ipa", "harness", "daemon"] as const;
export type PartName = (typeof partNames)[number];

export const isPartName = (name: string): name is PartName => partNames.some((known) => known === name);

const sizeBoundMb = 110;

export const parts: Readonly<Record<PartName, (options: PartOptions) => Part | Promise<Part>>> = {
  helpers: ({ bin, scratch, pairs }) => {
    const outcomes = comparisons(bin, scratch).map((comparison) => compare(comparison, pairs));
    const sizeMb = statSync(join(bin, executableName)).size / 1e6;
    const broken = outcomes.flatMap(excesses);
    if (sizeMb > sizeBoundMb) broken.push(`the executable has ${sizeMb} MB, more than ${sizeBoundMb}`);
    const figures = [
      table(outcomes),
      sizeLine(sizeMb, sizeBoundMb),
      `${circumstances()}, medians of ${pairs} pairs.`,
    ];
    return { figures: figures.join("\n\n"), data: { outcomes, sizeMb }, broken };
  },
  ipa: ({ bin, scratch, pairs }) => {
    const measured = withKerberosLab((lab) =>
      ipaComparisons(bin, scratch, lab).map((comparison) => compare(comparison, pairs)),
    );
    if ("missing" in measured) {
      const notMeasured = `NOT MEASURED: ipa-submit beside certmonger's. ${measured.missing}`;
      return { figures: notMeasured, data: { notMeasured }, broken: [], notMeasured };
    }
    const outcomes = measured.result;
    const figures = `${table(outcomes)}\n\n${circumstances()}, medians of ${pairs} pairs.`;
    return { figures, data: { outcomes }, broken: outcomes.flatMap(excesses) };
  },
  harness: ({ bin, scratch }) => {
    const run = runConformance(bin, join(scratch, "conformance"));
    const figures = describeConformance(run);
    const isBroken = run.seconds > conformanceBoundSeconds || run.failed > 0;
    return { figures, data: run, broken: isBroken ? [figures] : [] };
  },
  daemon: measureDaemons,
};
