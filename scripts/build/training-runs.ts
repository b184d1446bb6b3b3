import { trainWithIpa } from "./training-ipa.ts";

/** One run of a helper that is watched. */
export interface TrainingRun {
  readonly words?: readonly string[];
  readonly environment: { readonly CERTMONGER_OPERATION: string } & Readonly<Record<string, string>>;
  /** Makes what the later runs find; not itself what happens every day, so it leaves no trace in the cache. */
  readonly isPreparation?: true;
}

/** What a helper does all its life, and the end of what it did that with. */
export interface Training {
  readonly runs: readonly TrainingRun[];
  end?(): Promise<void>;
}

/** By the helper's name. The rest compiles when it is used. */
export const trainings: Readonly<Record<string, (workDirectory: string) => Training | Promise<Training>>> = {
  "ipa-submit": (workDirectory) => trainWithIpa(workDirectory, rsaCsr),
  "self-sign-submit": (workDirectory) => ({
    runs: (["RSA-3072", "EC-P256"] as const).flatMap((caKeyType): TrainingRun[] => {
      const words = ["-d", `${workDirectory}/state-${caKeyType}`, "--ca-key-type", caKeyType];
      const submit = (csr: string) => ({ CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: csr });
      return [
        { words, environment: { CERTMONGER_OPERATION: "FETCH-ROOTS" }, isPreparation: true },
        { words, environment: submit(ecCsr) },
        { words, environment: submit(rsaCsr) },
        { words, environment: { CERTMONGER_OPERATION: "FETCH-ROOTS" } },
      ];
    }),
  }),
};

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
