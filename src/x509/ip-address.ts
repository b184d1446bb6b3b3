/**
 * Four or sixteen octets of an address in text form; undefined for anything else, zone ids and prefixes
 * included.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** `192.0.2.1`, or RFC 5952's form of an IPv6 address; undefined when the octets are not four or sixteen. */
export function formatIpAddress(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join(".");
  return octets.length === 16 ? formatIpv6(octets) : undefined;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const decimals = text.split(".");
  const octets = decimals.map(Number);
  const isAddress =
    decimals.length === 4 &&
    decimals.every((decimal) => /^(0|[1-9]\d{0,2})$/.test(decimal)) &&
    octets.every((octet) => octet < 256);
  return isAddress ? Uint8Array.from(octets) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":").flatMap(octetsOfGroup)));
  if (head === undefined) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  const octets = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return octets.every((octet) => octet >= 0) && hasDottedOnlyAtEnd(text)
    ? Uint8Array.from(octets)
    : undefined;
}

/** Two octets of a hex group, four of a dotted ending; -1 marks what is neither. */
function octetsOfGroup(group: string): readonly number[] {
  if (/^[0-9a-f]{1,4}$/i.test(group)) {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }
  return [...(parseIpv4(group) ?? [-1, -1])];
}

const hasDottedOnlyAtEnd = (text: string): boolean => !/\.[^:]*:/.test(text);

function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0)).toString(16),
  );
  const isMappedIpv4 = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  if (isMappedIpv4) return `::ffff:${octets.subarray(12).join(".")}`;
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** The first of the longest runs, which `::` stands for. */
function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== "0") start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}
