import { X509Error } from "./error.ts";

const maximumOctets = 256;
/** Enough for a UUID (2.25.…, 128 bits); longer arcs are refused, not turned into huge numbers. */
const maximumArcOctets = 20;

/** Content octets of an OBJECT IDENTIFIER; @throws {X509Error} `bad-value` */
export function encodeOid(oid: string): Uint8Array {
  if (!/^[012](\.(0|[1-9]\d{0,39}))+$/.test(oid)) throw notOid(oid);
  const [first = 0n, second = 0n, ...rest] = oid.split(".").map(BigInt);
  if (first < 2n && second > 39n) throw notOid(oid);
  const content = Uint8Array.from([first * 40n + second, ...rest].flatMap(encodeArc));
  if (content.length > maximumOctets) throw notOid(oid);
  return content;
}

/** Dotted text of an OBJECT IDENTIFIER's content; @throws {X509Error} `not-der` */
export function decodeOid(content: Uint8Array): string {
  if (content.length > maximumOctets)
    throw new X509Error("not-der", `OID of more than ${maximumOctets} octets`);
  const arcs: bigint[] = [];
  let arc = 0n;
  let octets = 0;
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) throw new X509Error("not-der", "OID arc with a leading zero");
    if (++octets > maximumArcOctets) throw new X509Error("not-der", "OID arc of more than 140 bits");
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
    octets = 0;
  }
  const [head, ...rest] = arcs;
  if (head === undefined || octets > 0) throw new X509Error("not-der", "OID without an end");
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - first * 40n, ...rest].join(".");
}

const notOid = (text: string): X509Error =>
  new X509Error("bad-value", `${JSON.stringify(text.slice(0, 80))} is not an OID`);

/** Base 128, most significant first, bit 8 on all octets but the last (X.690 section 8.19). */
function encodeArc(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return octets;
}
