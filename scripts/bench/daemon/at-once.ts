import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runGetcert, stockGetcert } from "./getcert.ts";
import { type DaemonName, RunningDaemon } from "./running-daemon.ts";
import {
  addCa,
  certificateFile,
  countRequests,
  keyFile,
  makeDirectories,
  makeSigner,
} from "./tracked-store.ts";

/** Many requests at the same moment. */
export interface AtOnceCost {
  readonly count: number;
  /** From the first request to the last certificate that is saved and watched. */
  readonly seconds: number;
  readonly peakMb: number;
}

const deadlineMs = 600_000;

/**
 * Makes so many requests at once, by certmonger's getcert, each with a new key of the daemon's default kind (RSA 2048),
 * of a CA whose helper is a shell script that signs with openssl; waits until all are in MONITORING.
 *
 * @throws {Error} when a certificate is missing or does not fit its key
 */
export async function measureAtOnce(
  name: DaemonName,
  count: number,
  { bin, directory }: { readonly bin: string; readonly directory: string },
): Promise<AtOnceCost> {
  makeDirectories(directory);
  addCa(directory, "Bench", makeSigner(join(directory, "signer")));
  const ids = Array.from({ length: count }, (_, index) => `host${index + 1}`);
  const daemon = await RunningDaemon.launch(name, directory, bin);
  try {
    const started = performance.now();
    await Promise.all(
      ids.map((id) => {
        const files = ["-k", keyFile(directory, id), "-f", certificateFile(directory, id)];
        const names = ["-N", `CN=${id}.example.test`, "-D", `${id}.example.test`];
        return runGetcert(daemon, stockGetcert, ["request", "-c", "Bench", "-I", id, ...names, ...files]);
      }),
    );
    // The files of the store say it without asking the daemon for anything.
    while (countRequests(directory, "MONITORING") < count) {
      if (performance.now() - started > deadlineMs)
        throw new Error(`not within ${deadlineMs / 1000} s\n${daemon.log}`);
      await sleep(100);
    }
    const seconds = (performance.now() - started) / 1000;
    for (const id of ids) checkPair(directory, id);
    return { count, seconds, peakMb: daemon.peakMb() };
  } finally {
    await daemon.stop();
    rmSync(directory, { recursive: true });
  }
}

function checkPair(directory: string, id: string): void {
  const certificate = new X509Certificate(readFileSync(certificateFile(directory, id)));
  const key = createPrivateKey(readFileSync(keyFile(directory, id)));
  if (!certificate.checkPrivateKey(key)) throw new Error(`the certificate of ${id} is for another key`);
}
