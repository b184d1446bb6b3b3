/** The queue of a file or database: `sql:/db` and `/db/` are the same. */
export const storageQueue = (location: string): string =>
  location.replace(/^sql:/, "").replace(/(?<=.)\/+$/, "");

/**
 * Work on shared things (a file of roots, a database) one after the other, each thing with a queue of its own.
 *
 * certmonger has one lock for all, and looks every five seconds whether it is free.
 */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when all earlier work on any of these things is over. */
  async run<T>(things: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const names = [...new Set(things)];
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    // Put in line at once for all of them: two users of two things can not wait for each other.
    const result = Promise.all(before).then(work);
    const over = result.then(
      () => undefined,
      () => undefined,
    );
    for (const name of names) this.#last.set(name, over);
    try {
      return await result;
    } finally {
      for (const name of names) {
        if (this.#last.get(name) === over) this.#last.delete(name);
      }
    }
  }
}
