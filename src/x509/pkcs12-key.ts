import { hash as digest } from "node:crypto";
import { type Hash, hashes } from "./signature-algorithms.ts";

/** What the key is for: its octets enter into it. */
export const purpose = { encryption: 1, initialVector: 2, mac: 3 } as const;

export interface KeyDerivation {
  readonly hash: Hash;
  /** `null`: a password of no octets at all; an empty one has the two of its end mark. */
  readonly password: string | null;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly purpose: (typeof purpose)[keyof typeof purpose];
  readonly octets: number;
}

/**
 * Makes a key out of a password, as PKCS#12 alone does it (everything newer uses PBKDF2).
 *
 * A million iterations take about a second; node-forge's own needed half a minute.
 *
 * @see RFC 7292 appendix B.2, whose letters these are
 */
export function derivePkcs12Key({ hash, password, salt, iterations, ...key }: KeyDerivation): Uint8Array {
  const u = hashes[hash].length;
  const v = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const passwordOctets =
    password === null ? Buffer.alloc(0) : Buffer.from(`${password}\0`, "utf16le").swap16();
  const diversifier = Buffer.alloc(v, key.purpose);
  const input = Buffer.concat([repeated(salt, v), repeated(passwordOctets, v)]);
  const made: Buffer[] = [];
  for (let length = 0; length < key.octets; length += u) {
    let round = digest(hash, Buffer.concat([diversifier, input]), "buffer");
    for (let count = 1; count < iterations; count++) round = digest(hash, round, "buffer");
    made.push(round);
    const addend = repeated(round, v).subarray(0, v);
    for (let at = 0; at < input.length; at += v) addAndOne(input.subarray(at, at + v), addend);
  }
  return Buffer.concat(made).subarray(0, key.octets);
}

/** As often as fills whole blocks; nothing stays nothing. */
const repeated = (octets: Uint8Array, blockOctets: number): Buffer =>
  Buffer.alloc(Math.ceil(octets.length / blockOctets) * blockOctets, octets);

/** `block + addend + 1`, both numbers with their most significant octet first; what runs over is lost. */
function addAndOne(block: Buffer, addend: Uint8Array): void {
  let carry = 1;
  for (let at = block.length - 1; at >= 0; at--) {
    carry += (block[at] ?? 0) + (addend[at] ?? 0);
    block[at] = carry & 0xff;
    carry >>= 8;
  }
}
