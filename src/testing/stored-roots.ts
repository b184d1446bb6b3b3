import { decodeRoots } from "../../protocol/index.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readAll } from "./judge-chain.ts";
import { stdoutText } from "./run.ts";
import type { Trial } from "./trial.ts";

/** The certificates that certmonger stores as trusted after this helper's FETCH-ROOTS; empty when it has none. */
export async function storedRoots(trial: Trial): Promise<Certificate[]> {
  const run = await trial.query("FETCH-ROOTS");
  if (run.exitStatus !== 0) return [];
  const { roots, otherRoots } = decodeRoots(stdoutText(run));
  return readAll([...roots, ...otherRoots].map(({ certificate }) => certificate));
}
