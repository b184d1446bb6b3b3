/** Something that is to be done at a time. */
export interface Alarm {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly work: () => void;
}

interface Entry {
  readonly alarm: Alarm;
  /** Of two at the same time the one that was set first comes first. */
  readonly order: number;
}

/**
 * Alarms by time, as a heap: setting one and taking the next one costs the same whether ten wait or ten thousand, but
 * for a logarithm.
 */
export class Alarms {
  readonly #heap: Entry[] = [];
  /** Those that are set; what was cancelled stays in the heap until its turn comes. */
  readonly #set = new Set<Alarm>();
  #lastOrder = 0;

  add(alarm: Alarm): void {
    this.#set.add(alarm);
    this.#heap.push({ alarm, order: ++this.#lastOrder });
    this.#rise(this.#heap.length - 1);
  }

  /** @returns whether it was set */
  remove(alarm: Alarm): boolean {
    return this.#set.delete(alarm);
  }

  /** The earliest that is set. */
  get next(): Alarm | undefined {
    for (;;) {
      const alarm = this.#heap[0]?.alarm;
      if (alarm === undefined || this.#set.has(alarm)) return alarm;
      this.#dropFirst();
    }
  }

  #dropFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let place = from; place > 0; ) {
      const above = (place - 1) >> 1;
      if (!this.#swapIfEarlier(place, above)) return;
      place = above;
    }
  }

  #sink(from: number): void {
    for (let place = from; ; ) {
      const left = 2 * place + 1;
      const right = left + 1;
      const below = isEarlier(this.#heap[right], this.#heap[left]) ? right : left;
      if (!this.#swapIfEarlier(below, place)) return;
      place = below;
    }
  }

  /** @returns false when they stand in order already */
  #swapIfEarlier(lower: number, upper: number): boolean {
    const [low, high] = [this.#heap[lower], this.#heap[upper]];
    if (low === undefined || high === undefined || !isEarlier(low, high)) return false;
    this.#heap[lower] = high;
    this.#heap[upper] = low;
    return true;
  }
}

function isEarlier(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.alarm.at < other.alarm.at || (one.alarm.at === other.alarm.at && one.order < other.order);
}
