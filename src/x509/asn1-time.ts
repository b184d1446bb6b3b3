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
  const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, "")}Z`;
  return year < 2050
    ? primitive(Tag.utcTime, Buffer.from(digits.slice(2), "latin1"))
    : primitive(Tag.generalizedTime, Buffer.from(digits, "latin1"));
}

/** @throws {X509Error} `not-der` for any other form than the two of RFC 5280 (seconds, `Z`) */
export function decodeTime(value: Asn1 | undefined, where: string): Date {
  if (value?.tag !== Tag.utcTime && value?.tag !== Tag.generalizedTime) {
    throw new X509Error("not-der", `${where} is ${value ? tagName(value.tag) : "missing"}, not a time`);
  }
  const text = Buffer.from(value.content).toString("latin1");
  const digits = value.tag === Tag.utcTime ? `${text < "50" ? "20" : "19"}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(iso);
  // Date takes 30 February for 1 March.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) {
    throw new X509Error("not-der", `${where} is not a time: ${JSON.stringify(text.slice(0, 32))}`);
  }
  return date;
}
