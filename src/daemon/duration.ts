/**
 * The time that lies `text` after another one: `1y2M`, `28d`, `3600`; units y, M, w, d, h, m, s.
 *
 * Years and months are those of the calendar, in local time. Characters that are neither digit nor unit are passed over.
 *
 * @returns undefined for text without a digit
 * @see certmonger 0.79.21 src/submit-u.c, cm_submit_u_delta_from_string
 */
export function addDuration(from: Date, text: string): Date | undefined {
  if (!/\d/.test(text)) return undefined;
  const time = new Date(from);
  for (const [, digits = "", unit = "s"] of text
    .replace(/[^\dyMwdhms]/g, "")
    .matchAll(/(\d*)([yMwdhms]|$)/g)) {
    const count = Number(digits);
    if (unit === "y") time.setFullYear(time.getFullYear() + count);
    else if (unit === "M") time.setMonth(time.getMonth() + count);
    else time.setTime(time.getTime() + count * (unitSeconds[unit] ?? 1) * 1000);
  }
  return time;
}

/** How many seconds a duration has when it begins at a time. */
export function secondsOf(text: string, from: Date): number | undefined {
  const end = addDuration(from, text);
  return end && (end.getTime() - from.getTime()) / 1000;
}

const day = 24 * 60 * 60;
const unitSeconds: Readonly<Record<string, number>> = { w: 7 * day, d: day, h: 60 * 60, m: 60, s: 1 };
