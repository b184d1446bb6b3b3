import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** Whether a text is an address (`192.0.2.1`) or a range of addresses (`192.0.2.0/24`, `2001:db8::/32`). */
export function isAddressRange(text: string): boolean {
  const { address, prefix } = split(text);
  const widest = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : -1;
  return prefix === undefined ? widest > 0 : /^\d{1,3}$/.test(prefix) && Number(prefix) <= widest;
}

/** Whether a text is an address that lies in a range. An IPv4 address never lies in an IPv6 range. */
export function isInRange(address: string, range: string): boolean {
  const { address: start, prefix } = split(range);
  if (isIP(address) === 0 || isIPv4(address) !== isIPv4(start)) return false;
  const family = isIPv4(start) ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(start, prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix), family);
  return list.check(address, family);
}

function split(range: string): { address: string; prefix: string | undefined } {
  const slash = range.indexOf("/");
  return slash < 0
    ? { address: range, prefix: undefined }
    : { address: range.slice(0, slash), prefix: range.slice(slash + 1) };
}
