/** A length of time in the calendar: whole months, and seconds on top. */
export interface Period {
  readonly months: number;
  readonly seconds: number;
}

export const oneYear: Period = { months: 12, seconds: 0 };

const unitOf: Readonly<Record<string, Period>> = {
  y: oneYear,
  M: { months: 1, seconds: 0 },
  w: { months: 0, seconds: 7 * 86_400 },
  d: { months: 0, seconds: 86_400 },
  h: { months: 0, seconds: 3_600 },
  m: { months: 0, seconds: 60 },
  s: { months: 0, seconds: 1 },
  "": { months: 0, seconds: 1 },
};

/**
 * Reads a period as certmonger.conf writes it: `1y6M`, `2w 3d`, `90000` (seconds). Letter case counts: `M` is
 * a month, `m` a minute.
 *
 * Like certmonger's own helper it takes what it understands from the start of the text (measured on
 * 0.79.17: `1d junk` is one day); `undefined` when that is nothing, or no time at all.
 */
export function parsePeriod(text: string): Period | undefined {
  let months = 0;
  let seconds = 0;
  for (const [, digits, letter = ""] of text.matchAll(/\s*(\d{1,9})([yMwdhms]?)/gy)) {
    const unit = unitOf[letter];
    months += Number(digits) * (unit?.months ?? 0);
    seconds += Number(digits) * (unit?.seconds ?? 0);
  }
  return months === 0 && seconds === 0 ? undefined : { months, seconds };
}

/** The moment a period after `start`; 31 January and a month is 3 March, as in certmonger. */
export function addPeriod(start: Date, period: Period): Date {
  const end = new Date(start);
  end.setUTCMonth(end.getUTCMonth() + period.months);
  end.setTime(end.getTime() + period.seconds * 1_000);
  return end;
}
