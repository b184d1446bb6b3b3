import { type Asn1, Tag, tagName } from "./asn1.ts";
import { primitive } from "./asn1-make.ts";
import { X509Error } from "./error.ts";

/**
 * A time in whole seconds: UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5).
 *
 * @throws {X509Error} `bad-value` for an invalid Date, or one outside 1950 to 9999
 */
export function encodeTime(date: Date): Asn1 {
  const year = date.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) {
    throw new X509Error("bad-value", "a certificate's time lies between the years 1950 and 9999");
  }
  const text = formatTime(date);
  return year < 2050
    ? primitive(Tag.utcTime, Buffer.from(text.slice(2), "latin1"))
    : primitive(Tag.generalizedTime, Buffer.from(text, "latin1"));
}

/** @throws {X509Error} `not-der` for any other form than the two of RFC 5280 (seconds, `Z`) */
export function decodeTime(value: Asn1 | undefined, where: string): Date {
  if (value?.tag !== Tag.utcTime && value?.tag !== Tag.generalizedTime) {
    throw new X509Error("not-der", `${where} is ${value ? tagName(value.tag) : "missing"}, not a time`);
  }
  const text = Buffer.from(value.content).toString("latin1");
  const full = value.tag === Tag.utcTime ? `${text < "50" ? "20" : "19"}${text}` : text;
  const date = parseTime(full);
  // Date takes 30 February for 1 March.
  if (formatTime(date) !== full) {
    throw new X509Error("not-der", `${where} is not a time: ${JSON.stringify(text.slice(0, 32))}`);
  }
  return date;
}

/** `YYYYMMDDHHMMSSZ`. (`toISOString` costs a millisecond when it first runs.) */
function formatTime(date: Date): string {
  const fields = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `${year}${fields.map((field) => String(field).padStart(2, "0")).join("")}Z`;
}

function parseTime(text: string): Date {
  const field = (start: number, end: number): number => Number(text.slice(start, end));
  const date = new Date(0);
  date.setUTCFullYear(field(0, 4), field(4, 6) - 1, field(6, 8));
  date.setUTCHours(field(8, 10), field(10, 12), field(12, 14));
  return date;
}
