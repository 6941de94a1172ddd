export interface Timer {
  readonly atMs: number;
  readonly action: () => void;
  cancel(): void;
}

interface Entry extends Timer {
  order: number;
  isCancelled: boolean;
}

/** A binary heap by time; of two at one instant, the one that was added first comes first. */
export class TimerQueue {
  private readonly heap: Entry[] = [];
  private added = 0;

  add(atMs: number, action: () => void): Timer {
    const entry: Entry = { atMs, action, order: this.added, isCancelled: false, cancel: () => (entry.isCancelled = true) };
    this.added += 1;
    this.heap.push(entry);
    this.up(this.heap.length - 1);
    return entry;
  }

  /** Takes the first one out, unless it is later than `untilMs`. */
  next(untilMs: number): Timer | undefined {
    for (let first = this.heap[0]; first !== undefined; first = this.heap[0]) {
      if (!first.isCancelled && first.atMs > untilMs) return undefined;
      this.removeFirst();
      if (!first.isCancelled) return first;
    }
    return undefined;
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.down(0);
  }

  private up(place: number): void {
    for (let child = place; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.isBefore(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  private down(place: number): void {
    for (let parent = place; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let first = parent;
      if (left < this.heap.length && this.isBefore(left, first)) first = left;
      if (right < this.heap.length && this.isBefore(right, first)) first = right;
      if (first === parent) return;
      this.swap(first, parent);
      parent = first;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [x, y] = [this.heap[a] as Entry, this.heap[b] as Entry];
    return x.atMs < y.atMs || (x.atMs === y.atMs && x.order < y.order);
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b] as Entry, this.heap[a] as Entry];
  }
}
