const secondsIn = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Seconds of a text such as `90`, `90s`, `20m`, `4h` or `7d`; `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text.trim());
  if (match === null) return undefined;
  return Number(match[1]) * secondsIn[match[2] as keyof typeof secondsIn];
}

/** A length of time for people: `45 s`, `20 min`, `4 h`, `7 days`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
