/** Seconds before a certificate's end at which something is to be done. @see certmonger 0.79.21 src/prefs.c */
export const defaultTtls: readonly number[] = [
  2419200, 604800, 259200, 172800, 86400, 43200, 21600, 7200, 3600,
];

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A certificate younger than this is left alone, in seconds. */
const youth = 30 * minute;

export interface Validity {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/**
 * Whether the time that a certificate has left has crossed one of `ttls` since the last look, or is over.
 *
 * Without a last look any threshold that lies behind counts as crossed: so a certificate that lives shorter than the
 * longest of them is renewed once right after its first issue.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_check_expiration_is_noteworthy
 */
export function isNoteworthy(
  { notBefore, notAfter }: Validity,
  ttls: readonly number[],
  lastLook: Date | undefined,
  now: Date,
): boolean {
  if (notAfter === undefined) return false;
  if (notBefore !== undefined && secondsBetween(notBefore, now) < youth) return false;
  const left = secondsBetween(now, notAfter);
  if (left <= 0) return true;
  const leftThen = Math.max(0, secondsBetween(lastLook ?? new Date(0), notAfter));
  // Either way: a clock that was set back counts, too.
  return ttls.some((ttl) => left < ttl !== leftThen < ttl);
}

/**
 * Seconds until a certificate is looked at again: a day, or right after the next threshold, or half of a rest of less
 * than two days; between 30 minutes and 7 days.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_decide_monitor_delay
 */
export function monitorDelay(notAfter: Date | undefined, ttls: readonly number[], now: Date): number {
  if (notAfter === undefined) return day;
  const left = secondsBetween(now, notAfter);
  const thresholds = ttls.map((ttl) => left - ttl + 5).filter((seconds) => seconds > 0);
  const half = left < 2 * day ? left / 2 : day;
  return clamp(Math.min(day, half, ...thresholds), 30 * minute, 7 * day);
}

/**
 * Seconds until a CA that said "wait" or could not be asked is asked again: 7 days, or half of the time left when a
 * certificate has less than 14 days.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_decide_ca_delay
 */
export function caDelay(notAfter: Date | undefined, now: Date): number {
  const usual = 7 * day;
  if (notAfter === undefined) return usual;
  const left = secondsBetween(now, notAfter);
  return clamp(left < 2 * usual ? left / 2 : usual, 5 * minute, 365 * day);
}

/**
 * Seconds until a CA's certificates are asked for again: half of the shortest time that one of them has left.
 *
 * @see certmonger 0.79.21 src/canalyze.c
 */
export function rootsDelay(ends: readonly Date[], now: Date): number | undefined {
  if (ends.length === 0) return undefined;
  const shortest = Math.min(...ends.map((end) => secondsBetween(now, end)));
  return clamp(shortest / 2, 5 * minute, 365 * day);
}

export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

const clamp = (value: number, least: number, most: number): number =>
  Math.floor(Math.max(least, Math.min(value, most)));
