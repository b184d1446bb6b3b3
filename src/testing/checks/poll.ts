import type { Check } from "./check.ts";
import { cookieChecks } from "./poll-cookies.ts";
import { pollingChecks } from "./poll-polling.ts";

export const pollChecks: readonly Check[] = [...cookieChecks, ...pollingChecks];
