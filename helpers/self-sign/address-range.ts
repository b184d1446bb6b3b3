import { parseIpAddress } from "../../src/x509/ip-address.ts";

/** Whether a text is an address (`192.0.2.1`) or a range of addresses (`192.0.2.0/24`, `2001:db8::/32`). */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether a text is an address that lies in a range. An IPv4 address never lies in an IPv6 range. */
export function isInRange(address: string, range: string): boolean {
  const octets = parseIpAddress(address);
  const parsed = parseRange(range);
  if (octets === undefined || parsed === undefined || octets.length !== parsed.start.length) return false;
  const { start, prefix } = parsed;
  return octets.every((octet, index) => {
    const comparedBits = Math.min(Math.max(prefix - 8 * index, 0), 8);
    return (octet ^ (start[index] ?? 0)) >> (8 - comparedBits) === 0;
  });
}

function parseRange(range: string): { start: Uint8Array; prefix: number } | undefined {
  const [address = "", prefix, ...rest] = range.split("/");
  const start = parseIpAddress(address);
  if (start === undefined || rest.length > 0) return undefined;
  const widest = 8 * start.length;
  if (prefix === undefined) return { start, prefix: widest };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= widest ? { start, prefix: Number(prefix) } : undefined;
}
