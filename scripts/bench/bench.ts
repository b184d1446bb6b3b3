import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packageAll } from "../build/package.ts";
import { projectDirectory } from "../build/project.ts";
import { writeBlocks } from "./page.ts";
import type { Part } from "./part.ts";
import { isPartName, type PartName, partNames, parts } from "./parts.ts";

const usage = `npm run bench -- [options]

Measures what the executable costs, each figure against a peer in the same run.

  --only PART,...  only these parts; default: all of them
                     helpers  IDENTIFY and SUBMIT of the helpers; the size of the executable
                     ipa      ipa-submit in the Kerberos lab, beside certmonger's
                     harness  a whole run of the conformance harness
                     daemon   1,000 to 10,000 tracked certificates, 100 requests at once (4 minutes)
  --pairs N        how often each comparison of helpers is made (40)
  --bin DIR        measure the executables in this directory; default: build dist/bin
  --check          exit status 1 when a bound is broken
  --json           the figures as JSON instead of Markdown
  --write          put the figures, and the chart, into docs/performance.md
  --help           this text
`;

/** Builds what is to be measured, measures it and reports. Returns the exit status. */
export async function bench(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (typeof options === "number") return options;
  const { values, chosen } = options;
  if (values.bin === undefined) console.error(await packageAll(join(projectDirectory, "dist")));
  const bin = resolve(values.bin ?? join(projectDirectory, "dist/bin"));

  const scratch = mkdtempSync(join(tmpdir(), "certmonger-helper-bench-"));
  try {
    const measured = new Map<PartName, Part>();
    for (const name of chosen) {
      measured.set(name, await parts[name]({ bin, scratch, pairs: Number(values.pairs) }));
    }
    const all = [...measured.values()];
    const leftOut = all.flatMap(({ notMeasured }) => notMeasured ?? []);
    // Where everything can be installed, nothing is left out.
    const broken = [...all.flatMap((part) => part.broken), ...(process.env.CI === "true" ? leftOut : [])];
    if (values.json) {
      const data = [...measured].map(([name, part]) => [name, part.data]);
      console.log(JSON.stringify({ ...Object.fromEntries(data), broken }, undefined, 1));
    } else {
      console.log(all.map(({ figures }) => figures).join("\n\n"));
    }
    if (values.write) writeBlocks(measured);
    for (const line of broken) console.error(line);
    for (const line of leftOut) console.error(`\n*** ${line}`);
    return values.check && broken.length > 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** @returns the exit status when there is nothing to measure */
function readOptions(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: "string", default: partNames.join(",") },
        pairs: { type: "string", default: "40" },
        bin: { type: "string" },
        check: { type: "boolean" },
        json: { type: "boolean" },
        write: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const wanted = values.only.split(",");
    const unknown = wanted.find((name) => !isPartName(name));
    if (unknown !== undefined) throw new Error(`there is no part "${unknown}"`);
    return { values, chosen: partNames.filter((name) => wanted.includes(name)) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
}
