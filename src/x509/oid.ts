import { X509Error } from "./error.ts";

const maximumOctets = 256;
/** Enough for a UUID (2.25.…, 128 bits); longer arcs are refused, not turned into huge numbers. */
const maximumArcOctets = 20;

/** A number where it is exact, as nearly always: calculating with `bigint` takes ten times as long. */
type Arc = number | bigint;
const largestExact = 2 ** 45;

/** Content octets of an OBJECT IDENTIFIER; @throws {X509Error} `bad-value` */
export function encodeOid(oid: string): Uint8Array {
  const [first = none, second = none, ...rest] = oid.split(".").map(arcOf);
  if (first < 0 || second < 0 || first > 2 || (first < 2 && second > 39) || rest.includes(none)) {
    const text = JSON.stringify(oid.slice(0, 80));
    throw new X509Error("bad-value", `${text} is not an OID`);
  }
  const content = Uint8Array.from([plus(second, Number(first) * 40), ...rest].flatMap(encodeArc));
  if (content.length <= maximumOctets) return content;
  throw new X509Error("bad-value", `OID of more than ${maximumOctets} octets`);
}

/** Dotted text of an OBJECT IDENTIFIER's content; @throws {X509Error} `not-der` */
export function decodeOid(content: Uint8Array): string {
  if (content.length > maximumOctets)
    throw new X509Error("not-der", `OID of more than ${maximumOctets} octets`);
  const arcs: Arc[] = [];
  let arc: Arc = 0;
  let octets = 0;
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) throw new X509Error("not-der", "OID arc with a leading zero");
    if (++octets > maximumArcOctets) throw new X509Error("not-der", "OID arc of more than 140 bits");
    arc = plus(typeof arc === "number" ? arc * 128 : arc * 128n, octet & 0x7f);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0;
    octets = 0;
  }
  const [head, ...rest] = arcs;
  if (head === undefined || octets > 0) throw new X509Error("not-der", "OID without an end");
  const first = head < 80 ? Math.floor(Number(head) / 40) : 2;
  return [first, plus(head, -40 * first), ...rest].join(".");
}

/** What is written without a sign or leading zeros, with at most 40 digits; `none` for everything else. */
function arcOf(text: string): Arc {
  if (text.length < 14) return `${Number(text)}` === text && Number(text) >= 0 ? Number(text) : none;
  return /^[1-9]\d{13,39}$/.test(text) ? BigInt(text) : none;
}
const none = -1;

/** At most `largestExact * 128` before it becomes a `bigint`, so that the next octet still fits. */
function plus(arc: Arc, addend: number): Arc {
  if (typeof arc === "bigint") return arc + BigInt(addend);
  return arc < largestExact ? arc + addend : BigInt(arc) + BigInt(addend);
}

/** Base 128, most significant first, bit 8 on all octets but the last (X.690 section 8.19). */
function encodeArc(arc: Arc): number[] {
  const octets = [lowSevenBits(arc)];
  for (let rest = withoutLowSevenBits(arc); rest > 0; rest = withoutLowSevenBits(rest)) {
    octets.unshift(lowSevenBits(rest) | 0x80);
  }
  return octets;
}

const lowSevenBits = (arc: Arc): number => (typeof arc === "number" ? arc % 128 : Number(arc & 0x7fn));
const withoutLowSevenBits = (arc: Arc): Arc => (typeof arc === "number" ? Math.floor(arc / 128) : arc >> 7n);
