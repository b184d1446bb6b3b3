import type { Check } from "./check.ts";
import { environmentChecks } from "./hygiene-environment.ts";
import { processChecks } from "./hygiene-processes.ts";
import { secretChecks } from "./hygiene-secrets.ts";
import { signalChecks } from "./hygiene-signals.ts";

export const hygieneChecks: readonly Check[] = [
  ...environmentChecks,
  ...processChecks,
  ...signalChecks,
  ...secretChecks,
];
