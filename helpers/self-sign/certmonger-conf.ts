import { readFileSync } from "node:fs";
import { errorCode } from "../../src/files/error.ts";
import { type Period, parsePeriod } from "./period.ts";

/**
 * How long certificates live according to certmonger.conf: `validity_period` of its section `local`, else of
 * `selfsign`; `undefined` when neither says anything that can be understood.
 *
 * @param directory where certmonger.conf is; certmonger hands its own on as `CERTMONGER_CONFIG_DIR`
 * @see certmonger.conf(5); local-submit of certmonger 0.79.17 falls back in the same order
 */
export function readValidityPeriod(directory: string): Period | undefined {
  const text = readConfiguration(`${directory}/certmonger.conf`);
  for (const section of ["local", "selfsign"]) {
    const value = findEntry(text, section, "validity_period");
    if (value !== undefined) return parsePeriod(value);
  }
  return undefined;
}

/** No file, no settings. A file that can not be read counts as none, as it does for certmonger. */
function readConfiguration(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "";
  }
}

/** Sections in brackets, `key=value` lines, `#` comments; blanks around all of them do not count. */
function findEntry(text: string, section: string, key: string): string | undefined {
  let here = "";
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const heading = /^\[([^\]]*)\]$/.exec(trimmed);
    if (heading !== null) here = (heading[1] ?? "").trim();
    const equals = trimmed.indexOf("=");
    if (here !== section || equals < 0) continue;
    if (trimmed.slice(0, equals).trim() === key) return trimmed.slice(equals + 1).trim();
  }
  return undefined;
}
