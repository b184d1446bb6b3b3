import type { ConformanceOptions } from "../../../src/testing/index.ts";
import { secret } from "./fixture-state.ts";

/** What the harness has to be told so that it can find the fault of the wrong helper for a check. */
export function optionsFor(id: string): Partial<ConformanceOptions> {
  return { settleSeconds: 2, ...(id.startsWith("faults.") && network), ...options[id] };
}

const options: Readonly<Record<string, Partial<ConformanceOptions>>> = {
  "enroll.expected": { expect: "issued" },
  "hygiene.deadline": { timeoutSeconds: 1 },
  "hygiene.sigterm": { jobs: 8 },
  "hygiene.secret-argv": { secrets: [secret] },
  "hygiene.secret-output": { secrets: [secret] },
  "hygiene.secret-files": { secrets: [secret] },
};

const network: Partial<ConformanceOptions> = {
  serverOption: "--url",
  serverCaOption: "--cafile",
  timeoutSeconds: 5,
  jobs: 10,
};
