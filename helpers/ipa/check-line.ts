import type { CheckLine } from "../../src/sdk/helper.ts";

export const ok = (text: string): CheckLine => ({ outcome: "ok", text });
export const warning = (text: string): CheckLine => ({ outcome: "warning", text });
export const failed = (text: string): CheckLine => ({ outcome: "failed", text });
