/**
 * Cuts a stream into pieces that each say their length at their beginning.
 *
 * TCP gives what it has: half a message, or several at once, and a security layer does the same once more
 * (389-ds splits a message over many packets when its client asks for small ones: measured).
 */
export class Frames {
  #bytes: Buffer = Buffer.alloc(0);
  readonly #sizeOf: (bytes: Uint8Array) => number | undefined;

  /** @param sizeOf the whole length of the first piece; `undefined` while that can not be known yet */
  constructor(sizeOf: (bytes: Uint8Array) => number | undefined) {
    this.#sizeOf = sizeOf;
  }

  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /** The next whole piece; `undefined` when it is not there yet. */
  take(): Uint8Array | undefined {
    const size = this.#sizeOf(this.#bytes);
    if (size === undefined || this.#bytes.length < size) return undefined;
    const piece = this.#bytes.subarray(0, size);
    this.#bytes = this.#bytes.subarray(size);
    return piece;
  }
}

/** Larger than any answer that is asked for here. */
const maximumBytes = 16 * 1024 * 1024;

/** The length of a BER value with its header (X.690 section 8.1.3). @throws {RangeError} when it is too long */
export function berSize(bytes: Uint8Array): number | undefined {
  const [, first] = bytes;
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 8) throw new RangeError("not a length of LDAP");
  if (bytes.length < 2 + count) return undefined;
  return checked(2 + count + bytes.subarray(2, 2 + count).reduce((size, octet) => size * 256 + octet, 0));
}

/** The length of a packet of SASL with its four octets of length (RFC 4422 section 3.7). @throws {RangeError} */
export function saslSize(bytes: Uint8Array): number | undefined {
  return bytes.length < 4 ? undefined : checked(4 + Buffer.from(bytes.subarray(0, 4)).readUInt32BE(0));
}

function checked(size: number): number {
  if (size > maximumBytes) throw new RangeError(`a message of ${size} bytes`);
  return size;
}
