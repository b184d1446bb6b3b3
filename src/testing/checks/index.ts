import type { Check } from "./check.ts";
import { enrollChecks } from "./enroll.ts";
import { failureChecks } from "./failures.ts";
import { faultChecks } from "./faults.ts";
import { hygieneChecks } from "./hygiene.ts";
import { listChecks } from "./lists.ts";
import { loadChecks } from "./load.ts";
import { operationChecks } from "./operations.ts";
import { pollChecks } from "./poll.ts";
import { rootChecks } from "./roots.ts";
import { scepChecks } from "./scep.ts";

/** Every check, in the order of the report. */
export const checks: readonly Check[] = [
  ...operationChecks,
  ...enrollChecks,
  ...pollChecks,
  ...rootChecks,
  ...listChecks,
  ...scepChecks,
  ...failureChecks,
  ...hygieneChecks,
  ...loadChecks,
  ...faultChecks,
];
