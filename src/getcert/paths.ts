import { accessSync, constants, statSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { Stop, type Surroundings } from "./terminal.ts";

/**
 * The absolute path of a PEM file: in a directory that is there and may be written, and a file or nothing yet.
 *
 * @throws {Stop}
 */
export function pemPath(path: string, surroundings: Surroundings): string {
  const absolute = canonical(absolutePath(path, surroundings));
  requireDirectory(dirname(absolute));
  const found = statOrReason(absolute);
  if (found === "No such file or directory" || (typeof found === "object" && found.isFile())) return absolute;
  throw new Stop(`Path "${absolute}" is not a regular file.`);
}

/** The absolute path of an NSS database, with its scheme (`sql:`, `dbm:`) if it was given. @throws {Stop} */
export function databasePath(path: string, surroundings: Surroundings): string {
  const [scheme = ""] = /^(?:sql|dbm|rdb|extern):/.exec(path) ?? [];
  const absolute = canonical(absolutePath(path.slice(scheme.length), surroundings));
  requireDirectory(absolute);
  return scheme + absolute;
}

function absolutePath(path: string, { directory, print }: Surroundings): string {
  if (isAbsolute(path)) return path;
  const absolute = `${directory}/${path}`;
  print(`Path "${path}" is not absolute, attempting to use "${absolute}" instead.\n`);
  return absolute;
}

/** Slashes once each, none at the end; dots stay. (store-gen.c, cm_store_canonicalize_path) */
function canonical(path: string): string {
  return path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}

function requireDirectory(path: string): void {
  const found = statOrReason(path);
  if (typeof found === "string") throw new Stop(`Path "${path}": ${found}.`);
  if (!found.isDirectory()) throw new Stop(`Path "${path}" is not a directory.`);
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    throw new Stop(`Path "${path}": insufficient permissions.`);
  }
}

/** What C's strerror says for the reasons that occur here. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EACCES: "Permission denied",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
};

function statOrReason(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return reasons[code] ?? code;
  }
}
