/** What has to be released, in the reverse order of its making: memory of C has no garbage collector. */
export class Cleanup {
  readonly #releases: (() => void)[] = [];
  #users = 0;
  #isOver = false;

  /** Adds a release, to be run once. */
  add(release: () => void): void {
    this.#releases.push(release);
  }

  /** Runs the releases, or leaves that to the last of those who still use what they release. */
  run(): void {
    this.#isOver = true;
    if (this.#users > 0) return;
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) release();
  }

  /** Keeps everything for as long as `work` takes: a call of C that was given up goes on using it. */
  async keepDuring<T>(work: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work();
    } finally {
      this.#users--;
      if (this.#isOver) this.run();
    }
  }
}
