import type { Evidence } from "../report.ts";
import { quoteWord } from "./quote-word.ts";

/** How a run ended: `exit status 3`, `killed by SIGSEGV`. */
export function endOf(run: Evidence): string {
  if (run.notStarted !== undefined) return `not started: ${run.notStarted}`;
  if (run.stoppedBy === "deadline") return "stopped at the time-out";
  if (run.stoppedBy === "output-limit") return "stopped: too much output";
  if (run.signal !== undefined) return `killed by ${run.signal}`;
  return `exit status ${run.exitStatus}`;
}

/** The environment as lines `NAME=value`, quoted for a shell; long values are cut unless `full`. */
export function environmentLines(run: Evidence, full: boolean): string[] {
  return Object.entries(run.environment).map(([name, value]) => `${name}=${shown(value, full)}`);
}

const longest = 160;

function shown(value: string, full: boolean): string {
  if (full || (value.length <= longest && !value.includes("\n"))) return quoteWord(value);
  const first = value.split("\n")[0] ?? "";
  const lines = value.trimEnd().split("\n").length;
  const size = lines > 1 ? `${lines} lines, ${value.length} bytes` : `${value.length} bytes`;
  return `${quoteWord(first.slice(0, 64))}... (${size})`;
}

/** Output with everything made visible that a terminal would act upon. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/g,
    (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
}

/** The first lines of an output, as lines. */
export function outputLines(text: string, full: boolean): string[] {
  const lines = visible(text).trimEnd().split("\n");
  const maximum = full ? lines.length : 12;
  const some = lines.slice(0, maximum).map((line) => (full ? line : line.slice(0, 400)));
  return lines.length > maximum ? [...some, `... (${lines.length - maximum} more lines)`] : some;
}

/** The command that runs one check again. */
export function againCommand(id: string, command: readonly string[], options: readonly string[]): string {
  const words = ["certmonger-helper", "conformance", ...options, "--only", id, "--full", "--", ...command];
  return words.map(quoteWord).join(" ");
}
