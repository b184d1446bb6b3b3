/** `2026-11-23 10:10:30 UTC`: as certmonger shows a time, by the local clock unless UTC is asked for. */
export function timeText(time: Date, { utc }: { utc: boolean }): string {
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const local = utc ? time : new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  const day = [pad(local.getUTCFullYear(), 4), pad(local.getUTCMonth() + 1), pad(local.getUTCDate())].join(
    "-",
  );
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()]
    .map((part) => pad(part))
    .join(":");
  return `${day} ${clock} ${utc ? "UTC" : zoneName(time)}`;
}

/** Each of these knows the abbreviations of some zones, and says `GMT+1` for the others. */
const languages = ["en-US", "en-GB", "en-AU", "en-IN", "en-ZA"] as const;

/** The zone's abbreviation, of the first language that knows one. */
function zoneName(time: Date): string {
  const isOffset = (name: string) => /^(GMT|UTC)[+-]/.test(name);
  let name = "";
  for (const language of languages) {
    const parts = formatIn(language).formatToParts(time);
    const found = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    if (!isOffset(found)) return found;
    name ||= found;
  }
  return name;
}

const made = new Map<string, Intl.DateTimeFormat>();

/** Made once: it takes longer to make than a thousand requests to print. */
function formatIn(language: string): Intl.DateTimeFormat {
  const format = made.get(language) ?? new Intl.DateTimeFormat(language, { timeZoneName: "short" });
  made.set(language, format);
  return format;
}

/** `in 340 days`, `in 5 hours`, `3 days ago`, rounded down to the largest unit that fits. */
export function distance(time: Date, now: Date): string {
  const seconds = Math.round((time.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  const units = [
    { name: "day", seconds: 86_400 },
    { name: "hour", seconds: 3600 },
    { name: "minute", seconds: 60 },
    { name: "second", seconds: 1 },
  ];
  const unit = units.find((one) => size >= one.seconds);
  if (unit === undefined) return "now";
  const count = Math.floor(size / unit.seconds);
  const text = `${count} ${unit.name}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}
