import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunningDaemon } from "./running-daemon.ts";
import { configDirectory } from "./tracked-store.ts";

/** A `getcert` as a command line: certmonger's, or ours. */
export type Getcert = readonly string[];

export const stockGetcert: Getcert = ["/usr/bin/getcert"];
export const ourGetcert = (bin: string): Getcert => [join(bin, "certmonger-helper"), "getcert"];

/** What getcert needs to find a daemon. */
export function environmentFor({ address, directory }: RunningDaemon): Record<string, string> {
  return { CERTMONGER_PVT_ADDRESS: address, CERTMONGER_CONFIG_DIR: configDirectory(directory) };
}

/** Runs getcert against a daemon. @throws {Error} when it fails, with all that it and the daemon said */
export async function runGetcert(
  daemon: RunningDaemon,
  getcert: Getcert,
  words: readonly string[],
): Promise<void> {
  const [program = "", ...parameters] = [...getcert, ...words];
  try {
    await promisify(execFile)(program, parameters, { env: environmentFor(daemon), timeout: 120_000 });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${daemon.log}`, { cause: error });
  }
}
