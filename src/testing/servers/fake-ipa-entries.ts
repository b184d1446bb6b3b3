type Certificates = ReadonlyMap<string, readonly string[]>;

/**
 * The certificates that the entries of hosts and services hold, DER in base64.
 *
 * A request reads the list of its entry when it comes and writes it back when it is done, so that of two at once for
 * one principal only the later one's certificate is kept, as it was seen on FreeIPA 4.9.11.
 */
export class FakeIpaEntries {
  #kept: Certificates = new Map();
  #read: Certificates = this.#kept;

  /** What a request that comes now reads. */
  read(): Certificates {
    return this.#kept;
  }

  /** From here on, until the next call, the request that read this is being done. */
  goOnWith(read: Certificates): void {
    this.#read = read;
  }

  add(principal: string, certificate: string): void {
    const name = nameOf(principal);
    this.#kept = new Map([...this.#kept, [name, [...(this.#read.get(name) ?? []), certificate]]]);
  }

  of(principal: string): readonly string[] {
    return this.#kept.get(nameOf(principal)) ?? [];
  }
}

const nameOf = (principal: string) => principal.replace(/@.*/, "").toLowerCase();
