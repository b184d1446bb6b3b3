import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageAll } from "../build/package.ts";
import { executableName, projectDirectory } from "../build/project.ts";
import { compare, excesses } from "./compare.ts";
import { comparisons } from "./comparisons.ts";
import { conformanceBoundSeconds, describeConformance, runConformance } from "./conformance.ts";
import { ipaComparisons } from "./ipa.ts";
import { withKerberosLab } from "./kerberos-lab.ts";
import { circumstances, sizeLine, table } from "./report.ts";

const sizeBoundMb = 110;

/** Builds what is to be measured, measures it and reports. Returns the exit status. */
export async function bench(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      pairs: { type: "string", default: "40" },
      check: { type: "boolean" },
      json: { type: "boolean" },
      write: { type: "boolean" },
    },
  });
  const pairs = Number(values.pairs);
  const dist = join(projectDirectory, "dist");
  console.error(await packageAll(dist));

  const scratch = mkdtempSync(join(tmpdir(), "certmonger-helper-bench-"));
  try {
    const bin = join(dist, "bin");
    const outcomes = comparisons(bin, scratch).map((comparison) => compare(comparison, pairs));
    const ipa = compareIpa(bin, scratch, pairs);
    const sizeMb = statSync(join(dist, "bin", executableName)).size / 1e6;
    const broken = [...outcomes, ...ipa.outcomes].flatMap(excesses);
    // Where everything can be installed, nothing is left out.
    if (ipa.notMeasured !== undefined && process.env.CI === "true") broken.push(ipa.notMeasured);
    if (sizeMb > sizeBoundMb) broken.push(`the executable has ${sizeMb} MB, more than ${sizeBoundMb}`);

    const conformance = runConformance(join(dist, "bin"), join(scratch, "conformance"));
    if (conformance.seconds > conformanceBoundSeconds || conformance.failed > 0)
      broken.push(describeConformance(conformance));

    const figures = [
      table(outcomes),
      ipa.notMeasured ?? `ipa-submit in the Kerberos lab:\n\n${table(ipa.outcomes)}`,
      sizeLine(sizeMb, sizeBoundMb),
      describeConformance(conformance),
      circumstances(pairs),
    ].join("\n\n");
    console.log(
      values.json ? JSON.stringify({ outcomes, ipa, sizeMb, conformance, broken }, undefined, 1) : figures,
    );
    if (values.write) writeFigures(join(projectDirectory, "docs/performance.md"), figures);
    for (const line of broken) console.error(line);
    if (ipa.notMeasured !== undefined) console.error(`\n*** ${ipa.notMeasured}`);
    return values.check && broken.length > 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The comparisons that need the Kerberos lab; `notMeasured` says why there are none. */
function compareIpa(bin: string, scratch: string, pairs: number) {
  const measured = withKerberosLab((lab) =>
    ipaComparisons(bin, scratch, lab).map((comparison) => compare(comparison, pairs)),
  );
  if ("result" in measured) return { outcomes: measured.result };
  return { outcomes: [], notMeasured: `NOT MEASURED: ipa-submit beside certmonger's. ${measured.missing}` };
}

/** Replaces what stands between the two marks of the page. */
function writeFigures(path: string, figures: string): void {
  const page = readFileSync(path, "utf8");
  const marked = /(<!-- figures -->\n).*(<!-- end of figures -->)/s;
  if (!marked.test(page)) throw new Error(`${path} has no marks for the figures`);
  writeFileSync(
    path,
    page.replace(marked, (_, start, end) => `${start}\n${figures}\n\n${end}`),
  );
}
