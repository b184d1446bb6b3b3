import { readdirSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CaRecord, RequestRecord } from "./fields.ts";
import { locationsOfCa, locationsOfRequest } from "./hooks.ts";

/** What `replaceFile` writes before it puts it in place, of a file or of a candidate key beside it. */
const unfinished = /^\.(.+?)(?:\.[A-Za-z0-9=_]{8}\.key)?\.[0-9a-f]{12}\.new$/;

/**
 * Removes the half-written files that a kill left beside the files of requests and CAs; there may be keys in them. To be
 * called before anything is written.
 *
 * @returns their paths
 */
export function removeUnfinishedFiles(
  requests: readonly RequestRecord[],
  cas: readonly CaRecord[],
): readonly string[] {
  const files = [
    ...requests.flatMap((record) => [
      ...(record.key_storage_type === "FILE" && record.key_storage_location
        ? [record.key_storage_location]
        : []),
      ...filesIn(locationsOfRequest(record)),
    ]),
    ...cas.flatMap((record) => filesIn(locationsOfCa(record))),
  ];
  const known = new Set(files);
  return [...new Set(files.map((path) => dirname(path)))].flatMap((directory) =>
    namesIn(directory)
      .filter((name) => known.has(join(directory, unfinished.exec(name)?.[1] ?? "")))
      .map((name) => join(directory, name))
      .filter(isRemoved),
  );
}

const filesIn = (locations: readonly string[]): string[] =>
  locations
    .filter((location) => location.startsWith("FILE:"))
    .map((location) => location.slice("FILE:".length));

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isRemoved(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
