interface Entry<T> {
  atMs: number;
  /** Entries of one instant come out in the order in which they went in. */
  order: number;
  item: T;
}

/** What is to happen, the earliest first: a binary heap. */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];
  #added = 0;

  /** When the next thing happens, or Infinity. */
  get nextAtMs(): number {
    return this.#heap[0]?.atMs ?? Infinity;
  }

  add(atMs: number, item: T): void {
    const entry = { atMs, order: this.#added, item };
    this.#added += 1;
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (!isBefore(entry, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  }

  /** Takes out the earliest entry. */
  take(): { atMs: number; item: T } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child += 1;
      if (!isBefore(heap[child] as Entry<T>, last)) break;
      heap[place] = heap[child] as Entry<T>;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

const isBefore = (a: Entry<unknown>, b: Entry<unknown>): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
