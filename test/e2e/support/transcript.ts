import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executable } from "./executable.ts";
import { attempt, run } from "./run.ts";

/** Whose getcert is run. */
export type GetcertName = "certmonger's getcert" | "our getcert";

export interface Step {
  /** The arguments; `%` stands for a directory of the run. */
  readonly argv: readonly string[];
  readonly exitStatus: number;
  /** What was printed, names of places and times left out, without the usage text. */
  readonly stdout: string;
}

/**
 * Runs one command line after the other against a daemon. What is printed must not tell which daemon or which
 * getcert it was.
 */
export async function transcript(
  getcert: GetcertName,
  address: string,
  commands: readonly string[],
): Promise<Step[]> {
  const place = await mkdtemp(join(tmpdir(), "transcript-"));
  await run("mkdir", [join(place, "nss")]);
  await writeFile(join(place, "pin"), "secret12\n");
  await writeFile(join(place, "challenge"), "challenged\n");
  await run("certutil", ["-N", "-d", `sql:${join(place, "nss")}`, "--empty-password"]);
  const environment = { CERTMONGER_PVT_ADDRESS: address };
  const [program, ...first] =
    getcert === "our getcert" ? [executable("certmonger-helper"), "getcert"] : ["getcert"];
  try {
    const steps: Step[] = [];
    for (const line of commands) {
      const argv = words(line);
      const args = argv.map((word) => word.replaceAll("%", place));
      const finished = await attempt(program ?? "", [...first, ...args], { environment, directory: place });
      steps.push({ argv, exitStatus: finished.exitStatus, stdout: neutral(finished.stdout, place) });
    }
    return steps;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Splits at blanks; words with blanks stand between single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

function neutral(stdout: string, place: string): string {
  return (
    stdout
      .replaceAll(place, "%")
      // The usage text is everybody's own.
      .replace(/^(getcert - client certificate|Usage: getcert)[\s\S]*/m, "(usage)\n")
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "(time)")
      .replace(/\b20\d{12}(-\d+)?\b/g, "(id)")
      // With -v: those of the states that were there when it looked.
      .replace(/^State \w+, stuck: no\.\n/gm, "")
      .replace(/\(certmonger(-helper)? [\d.]+\)/g, "(certmonger)")
      // Daemons keep their files in directories of their own.
      .replace(/^(\tconfig-path: ).*/gm, "$1(path)")
  );
}
