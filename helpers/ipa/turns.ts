import { hash } from "node:crypto";
import { join } from "node:path";
import { HelperFailure } from "../../protocol/index.ts";
import { FileError } from "../../src/files/error.ts";
import { withLock } from "../../src/files/lock.ts";
import { ensurePrivateDirectory } from "../../src/files/private-directory.ts";
import type { Context } from "./access.ts";

/** Long enough for a few slow requests before ours, and shorter than a run may take. */
const longestWaitMs = 3 * 60 * 1_000;

/** Where the locks are, and marks of requests under way. */
export const turnsDirectory = (stateDirectory: string): string => join(stateDirectory, "turns");

/**
 * Does the work while no other request of this machine for the same principal is under way.
 *
 * The server reads the certificates of an entry, adds one and writes them back: of 12 requests at once for one
 * principal it kept 10 in the entry (seen on FreeIPA 4.9.11), and a lost one is not revoked with the service.
 */
export async function inTurn<T>(principal: string, context: Context, work: () => Promise<T>): Promise<T> {
  const { options, signal, log } = context;
  const directory = turnsDirectory(options.stateDirectory);
  const name = hash("sha256", principal.toLowerCase()).slice(0, 32);
  try {
    await ensurePrivateDirectory(directory);
  } catch (error) {
    log.warn(`requests do not take turns: ${error instanceof Error ? error.message : String(error)}`);
    return await work();
  }
  try {
    return await withLock(join(directory, name), { deadlineMs: longestWaitMs, signal }, work);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `another request for ${principal} does not come to an end: ${error.message}`;
    throw new HelperFailure("unreachable", message, { cause: error });
  }
}
