/** One key of a keytab file, without the key itself: that is never read out. */
export interface KeytabEntry {
  /** With its realm, as libkrb5 writes it: `host/client.example.test@EXAMPLE.TEST`. */
  readonly principal: string;
  /** The number that the KDC counts up with every new key (kvno). */
  readonly keyVersion: number;
  /** `aes256-cts-hmac-sha1-96`, or the number of one that has no name here (RFC 3961 section 8). */
  readonly encryption: string;
  readonly written: Date;
}

/** Text from a file that is no keytab, or a damaged one. */
export class KeytabError extends Error {
  override readonly name = "KeytabError";
}

/**
 * Lists the keys of a keytab file, so that a person can be told what is in it, and in which letter case.
 *
 * @throws {KeytabError}
 * @see MIT Kerberos documentation, "Keytab file format" (version 2, as every release since 1.0 writes it)
 */
export function listKeytab(file: Uint8Array): KeytabEntry[] {
  const bytes = new Reader(file);
  if (file.length < 2 || bytes.number(1) !== 5) throw new KeytabError("it is no keytab");
  if (bytes.number(1) !== 2) throw new KeytabError("it is a keytab of a format that nobody writes any more");
  const entries: KeytabEntry[] = [];
  while (bytes.left >= 4) {
    const size = bytes.number(4) | 0;
    // What was deleted leaves a hole, and a file that was preallocated ends in zeros.
    if (size === 0) break;
    const content = bytes.part(Math.abs(size));
    if (size > 0) entries.push(readEntry(content));
  }
  return entries;
}

function readEntry(entry: Reader): KeytabEntry {
  const count = entry.number(2);
  const realm = entry.text();
  const components = Array.from({ length: count }, () => entry.text());
  entry.part(4); // the type of the name
  const written = new Date(entry.number(4) * 1000);
  const shortVersion = entry.number(1);
  const encryption = entry.number(2);
  entry.part(entry.number(2)); // the key
  const longVersion = entry.left >= 4 ? entry.number(4) : 0;
  return {
    principal: `${components.map(quoted).join("/")}@${quoted(realm)}`,
    keyVersion: longVersion || shortVersion,
    encryption: encryptionNames[encryption] ?? String(encryption),
    written,
  };
}

const quoted = (text: string) => text.replace(/[\\/@]/g, "\\$&");

const encryptionNames: Readonly<Record<number, string>> = {
  16: "des3-cbc-sha1",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
  23: "arcfour-hmac",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
};

/** Takes numbers and texts, big-endian, from the front. */
class Reader {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length;
  }

  part(length: number): Reader {
    if (length > this.#bytes.length) throw new KeytabError("it ends in the middle of a key");
    const part = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return new Reader(part);
  }

  number(octets: number): number {
    return this.part(octets).#bytes.reduce((value, octet) => value * 256 + octet, 0);
  }

  text(): string {
    return Buffer.from(this.part(this.number(2)).#bytes).toString("utf8");
  }
}
