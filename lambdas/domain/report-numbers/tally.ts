const separator = '\u001f';

/** Counts and sums under names of several parts. Tallies of parts of the data add up to the tally of the whole, in any order. */
export class Tally {
  readonly #sums = new Map<string, number>();

  add(name: readonly string[], amount = 1): void {
    const key = name.join(separator);
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
  }

  merge(other: Tally): void {
    for (const [key, amount] of other.#sums) this.#sums.set(key, (this.#sums.get(key) ?? 0) + amount);
  }

  get(...name: string[]): number {
    return this.#sums.get(name.join(separator)) ?? 0;
  }

  /** The sum over all names that have these values at these places. */
  sum(wanted: Readonly<Record<number, string>>): number {
    const places = Object.entries(wanted);
    let sum = 0;
    for (const [name, amount] of this) if (places.every(([place, value]) => name[Number(place)] === value)) sum += amount;
    return sum;
  }

  /** Sums by the value at one place, in the order of the values. */
  by(place: number, wanted: Readonly<Record<number, string>> = {}): Map<string, number> {
    const places = Object.entries(wanted);
    const sums = new Map<string, number>();
    for (const [name, amount] of this) {
      const value = name[place];
      if (value === undefined || !places.every(([at, given]) => name[Number(at)] === given)) continue;
      sums.set(value, (sums.get(value) ?? 0) + amount);
    }
    return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  *[Symbol.iterator](): IterableIterator<[name: string[], amount: number]> {
    for (const [key, amount] of this.#sums) yield [key.split(separator), amount];
  }
}

/** A row for each name, in an order that does not depend on how they came. */
export function rowsOf<Row>(tally: Tally, toRow: (name: string[], amount: number) => Row): Row[] {
  const inOrder = [...tally].map(([name, amount]) => ({ key: name.join(separator), row: toRow(name, amount) }));
  return inOrder.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}
