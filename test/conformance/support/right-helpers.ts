import type { ConformanceOptions } from "../../../src/testing/index.ts";
import { secret } from "./fixture-state.ts";

export interface Shape {
  readonly shape: string;
  readonly outcome: string;
  readonly options?: Partial<ConformanceOptions>;
  /** A check that the shape makes possible. */
  readonly passes: string;
}

const network = { serverOption: "--url", serverCaOption: "--cafile", timeoutSeconds: 10, jobs: 10 };

/** Right helpers of different shapes, and what a trial of each comes to. */
export const rightShapes: readonly Shape[] = [
  { shape: "issue", outcome: "issued", options: { expect: "issued" }, passes: "enroll.expected" },
  { shape: "wait-then-issue", outcome: "issued", passes: "poll.answer-lost" },
  { shape: "wait-with-delay", outcome: "issued", passes: "poll.other-csr" },
  { shape: "reject", outcome: "rejected", options: { secrets: [secret] }, passes: "hygiene.secret-argv" },
  { shape: "json-with-roots", outcome: "issued", passes: "lists.default-listed" },
  { shape: "only-submit", outcome: "issued", passes: "load.serials" },
  { shape: "der", outcome: "issued", passes: "enroll.key" },
  { shape: "fetch", outcome: "rejected", options: network, passes: "faults.slow-drip" },
];
