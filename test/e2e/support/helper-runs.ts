import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One run of a helper by certmonger, as `scripts/lab/certmonger/trace-helper.sh` kept it. */
export interface HelperRun {
  readonly operation: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** The runs that are over, in the order in which they began. */
export function readHelperRuns(traceDirectory: string): HelperRun[] {
  const names = readdirSync(traceDirectory).filter((name) => /^\d+\.\d+$/.test(name));
  return names.sort().map((name) => readHelperRun(join(traceDirectory, name)));
}

function readHelperRun(directory: string): HelperRun {
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  const environment = parseEnvironment(read("environment"));
  const [start = 0, end = 0] = read("times")
    .trim()
    .split(" ")
    .map((nanoseconds) => Number(nanoseconds) / 1e6);
  return {
    operation: environment.CERTMONGER_OPERATION ?? "",
    environment,
    exitStatus: Number(read("status")),
    stdout: read("stdout"),
    stderr: read("stderr"),
    durationMs: Math.round(end - start),
  };
}

/** `NAME=VALUE` items, each ended by a NUL. */
function parseEnvironment(text: string): Record<string, string> {
  const items = text.split("\0").filter((item) => item !== "");
  return Object.fromEntries(
    items.map((item) => {
      const equals = item.indexOf("=");
      return [item.slice(0, equals), item.slice(equals + 1)];
    }),
  );
}
