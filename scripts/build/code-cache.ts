import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The certificate requests of the training runs, EC P-256 and RSA. Fixed ones, because the same bundle has to give the
 * same cache; their private keys were thrown away.
 */
const ecCsr = `-----BEGIN CERTIFICATE REQUEST-----
MIIBDTCBtQIBADAgMR4wHAYDVQQDDBV0cmFpbmluZy5leGFtcGxlLnRlc3QwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAATyAaLJ8hH3sZZaY6qn7l5h6R3NAIBP2+1r
LRlPJTT/z9Cj40HQgJu4sLVx/rLYJevnrmjns+V2xYFg8P9ZEi6VoDMwMQYJKoZI
hvcNAQkOMSQwIjAgBgNVHREEGTAXghV0cmFpbmluZy5leGFtcGxlLnRlc3QwCgYI
KoZIzj0EAwIDRwAwRAIgJjbdsPXGw+gtFp6urtogAzTtj6L6ZeUIgurg+9HnhtAC
IF5LQ9FfCp9Kpw1M6CNfr1U5IDlpqqYBqTXjAe4rumD4
-----END CERTIFICATE REQUEST-----
`;
const rsaCsr = `-----BEGIN CERTIFICATE REQUEST-----
MIIC0zCCAbsCAQAwMzERMA8GA1UECgwIVHJhaW5pbmcxHjAcBgNVBAMMFXRyYWlu
aW5nLmV4YW1wbGUudGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEB
AOWYmMr4FTNGa5OZ5hEeuRfKUskk85oSKph09nGgVmqIUceoV1CRYXcZAV60o+PS
0pYe/Lkf/qKLu7hcjhyXup15NEnr+Vt4RCDY1diOJWs6kW/S6CmqQM3SsIiqi2xK
Rl3GBNWtXF5XLIbcyUcke9KfHTkLpzxG2Ih0QUy84CVHgJKWaSd62SOnMFLEa0be
1cRKAYC+PnPXa0T5cMmEdbV4Rtw9jzRyiIQB3MpVpiAapYYAiCj4JEYcHYAxpsc8
6SlrH+UBoK2AN1r32DzbadSONsLhlw2ETTtURYHkqrT2/Cy7kmQioocLtdxe+kV5
Bp+8JK+y+ohKJb2a2zEBWLMCAwEAAaBbMFkGCSqGSIb3DQEJDjFMMEowJgYDVR0R
BB8wHYIVdHJhaW5pbmcuZXhhbXBsZS50ZXN0hwTAAAIHMAsGA1UdDwQEAwIFoDAT
BgNVHSUEDDAKBggrBgEFBQcDATANBgkqhkiG9w0BAQsFAAOCAQEADGJPzQKtoCnI
eDJWsHRlUw9q3nkq8D9KA1pUoS68JCYCt9Bnk8e1T3LiSE/BZJM1TZCW1CHHfQnE
HfmgXi2Da7sBMHkK28cLnZiceFV18m+oUR/ZV8hyhijOJNUpGH3agiB68G0I+C5V
mNKmm73KJbb4dIXAKnyeU+U7ihtOy+UhCj/Fot5o1vQAzY4D4/SOQ8hiu0w5xlDO
PlaMdNboUAd4DlgqniDwcxn0MOR0sG3o2JQH2wT3u/89Wbz5v/Tr6wccXVaqT2Hv
udgKvs+zLSE+zT3z8BmVJm/qVkYQ57d0xaMUk+IPU8y0RYHrPAhb9PeZBDJj1zwB
EsHh3bJSHw==
-----END CERTIFICATE REQUEST-----
`;

interface TrainingRun {
  readonly operation: string;
  readonly csr?: string;
  /** The kind of the CA's key; each kind has a state directory of its own. */
  readonly caKeyType?: "RSA-3072" | "EC-P256";
  /** Makes what the later runs find; not itself what happens every day, so it leaves no trace in the cache. */
  readonly isPreparation?: true;
}

/** What a helper does all its life, by its name. The rest compiles when it is used. */
const trainingRuns: Readonly<Record<string, readonly TrainingRun[]>> = {
  "self-sign-submit": (["RSA-3072", "EC-P256"] as const).flatMap((caKeyType) => [
    { operation: "FETCH-ROOTS", caKeyType, isPreparation: true } as const,
    { operation: "SUBMIT", csr: ecCsr, caKeyType },
    { operation: "SUBMIT", csr: rsaCsr, caKeyType },
    { operation: "FETCH-ROOTS", caKeyType },
  ]),
};

/** What certmonger asks of every helper. */
const everyHelper: TrainingRun = { operation: "IDENTIFY" };

/**
 * Makes a V8 code cache of the functions that a helper's training runs really call.
 *
 * The cache that Node itself puts into a single executable holds the top level of the script only, and every
 * function is compiled again in every process: 6 of 37 ms of a SUBMIT. `--random-seed=1` makes equal bundles
 * give equal caches, and V8 takes the cache without that flag as well. (With `--hash-seed` it would not.)
 *
 * @param calledAs the helper's name; the file of this name in `workDirectory` is its code, exactly as the executable
 *   will run it
 * @param node the very Node that will read the cache
 * @throws {Error} when a run does not end with status 0, or V8 rejects what it made
 */
export function makeCodeCache(calledAs: string, node: string, workDirectory: string): Buffer {
  const bundlePath = join(workDirectory, calledAs);
  const cachePath = join(workDirectory, `${calledAs}.trained`);
  const emptyFiles = { env: join(workDirectory, "empty.env"), config: join(workDirectory, "empty.json") };
  writeFileSync(emptyFiles.env, "");
  writeFileSync(emptyFiles.config, "{}");

  const stateDirectory = (caKeyType: string) => join(workDirectory, `state-${caKeyType}`);
  const files = ["--env-file", emptyFiles.env, "--config", emptyFiles.config];
  const runs = [...(trainingRuns[calledAs] ?? []), everyHelper];
  for (const { operation, csr = "", caKeyType, isPreparation } of runs) {
    const settings = caKeyType ? ["-d", stateDirectory(caKeyType), "--ca-key-type", caKeyType] : [];
    const cache = isPreparation ? join(workDirectory, "unused.cache") : cachePath;
    const run = spawnSync(
      node,
      [
        "--random-seed=1",
        join(import.meta.dirname, "train.cjs"),
        bundlePath,
        cache,
        calledAs,
        ...settings,
        ...files,
      ],
      { env: { CERTMONGER_OPERATION: operation, CERTMONGER_CSR: csr }, encoding: "utf8" },
    );
    if (run.status !== 0 || !existsSync(cache)) {
      throw new Error(
        `training run ${calledAs} ${operation} ended with ${run.status}: ${run.stdout}${run.stderr}`,
      );
    }
  }
  return readFileSync(cachePath);
}
