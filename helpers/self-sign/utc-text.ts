/**
 * A moment as `2026-11-23T12:39:51.000Z`: what `toISOString` gives, without the millisecond that its first
 * run costs a process (V8 reads the time zone for it).
 */
export function utcText(date: Date): string {
  const field = (value: number, digits = 2) => String(value).padStart(digits, "0");
  const day = [field(date.getUTCFullYear(), 4), field(date.getUTCMonth() + 1), field(date.getUTCDate())].join(
    "-",
  );
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map((part) => field(part));
  return `${day}T${time.join(":")}.${field(date.getUTCMilliseconds(), 3)}Z`;
}
