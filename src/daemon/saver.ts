import type { Queues } from "./queue.ts";

/** A full disk may have room again soon; the computer's time, not that of a clock that can be moved. */
const againMs = 5000;

/**
 * Saves the files of the store. A full disk stops nothing: what can not be saved now is saved as soon as it can be, or by
 * a later saving of the same file.
 */
export class Saver {
  readonly #queues: Queues;
  readonly #log: (level: number, line: string) => void;
  /** What is not on the disk, by path. */
  readonly #unsaved = new Map<string, () => Promise<void>>();
  /** Removed for good: no path is used twice. */
  readonly #forgotten = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(queues: Queues, log: (level: number, line: string) => void) {
    this.#queues = queues;
    this.#log = log;
  }

  /** @returns why it is not on the disk; `undefined` when it is */
  async save(path: string, write: () => Promise<void>): Promise<string | undefined> {
    return await this.#queues.run([path], async () =>
      // Who was about to save it when it was removed must not bring it back.
      this.#forgotten.has(path) ? undefined : await this.#try(path, write),
    );
  }

  /** The file is not wanted any more. `remove` is done when nothing writes to it. */
  async forget(path: string, remove: () => Promise<void>): Promise<void> {
    await this.#queues.run([path], async () => {
      this.#unsaved.delete(path);
      this.#forgotten.add(path);
      await remove();
    });
  }

  /** Tries once more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saveAll();
    clearTimeout(this.#timer);
  }

  async #try(path: string, write: () => Promise<void>): Promise<string | undefined> {
    try {
      await write();
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      // Once, not every five seconds.
      if (!this.#unsaved.has(path)) this.#log(0, problem);
      this.#unsaved.set(path, write);
      this.#timer ??= setTimeout(() => void this.#saveAll(), againMs).unref();
      return problem;
    }
    if (this.#unsaved.delete(path)) this.#log(0, `${path} is written again`);
    return undefined;
  }

  async #saveAll(): Promise<void> {
    this.#timer = undefined;
    for (const path of [...this.#unsaved.keys()]) {
      await this.#queues.run([path], async () => {
        const write = this.#unsaved.get(path);
        if (write !== undefined) await this.#try(path, write);
      });
    }
  }
}
