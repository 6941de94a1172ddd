import { copyRows, noKey, tableOf } from './event-table.ts';
import type { Events } from './event-texts.ts';
import { Numbers } from './numbers.ts';
import { shownRefusals, type Refused, type Scan } from './scan.ts';

/** All events of an input, and whom they concern. */
export interface Input {
  events: Events;
  count: number;
  refused: Refused;
  catalogue: number;
  firstAtMs: number;
  lastAtMs: number;
}

/** Puts the parts of an input together. */
export function joined(scans: readonly Scan[]): Input {
  const count = scans.reduce((sum, scan) => sum + scan.text.count, 0);
  const table = tableOf(count);
  const [keys, names] = [new Numbers(), new Numbers()];
  const refused: Refused = { count: 0, first: [] };
  let [place, linesBefore, catalogue] = [0, 0, 0];
  for (const scan of scans) {
    const keysOfPart = scan.keys.map((key) => keys.of(key));
    const namesOfPart = scan.names.map((name) => names.of(name));
    copyRows(scan.table, table, place);
    for (const end = place + scan.text.count; place < end; place += 1) {
      const linked = table.linkedKey[place] as number;
      table.name[place] = namesOfPart[table.name[place] as number] as number;
      table.key[place] = keysOfPart[table.key[place] as number] as number;
      if (linked !== noKey) table.linkedKey[place] = keysOfPart[linked] as number;
    }
    refused.count += scan.refused.count;
    for (const { line, reason } of scan.refused.first) if (refused.first.length < shownRefusals) refused.first.push({ line: linesBefore + line, reason });
    linesBefore += scan.lines;
    catalogue += scan.catalogue;
  }
  let [firstAtMs, lastAtMs] = [Infinity, -Infinity];
  for (const atMs of table.atMs) {
    if (atMs < firstAtMs) firstAtMs = atMs;
    if (atMs > lastAtMs) lastAtMs = atMs;
  }
  const events = { table, texts: scans.map(({ text }) => text), keys: keys.all, names: names.all };
  return { events, count, refused, catalogue, firstAtMs, lastAtMs };
}

/** Places of events in the table, one history after the other; each begins at its `starts` and ends where the next one begins. */
export interface Histories {
  places: Uint32Array<SharedArrayBuffer>;
  /** One more than there are histories. */
  starts: Uint32Array<SharedArrayBuffer>;
  /** The history that an id belongs to, as a known person or else as a device. */
  ofId(id: string): number | undefined;
}

/**
 * Separates the events up to an instant by whom they concern: a known person with all devices that events link to them make one history.
 * Histories have nothing to do with each other, so each can be replayed by itself, on any core.
 */
export function separateHistories({ events: { table, keys } }: Pick<Input, 'events'>, untilMs: number): Histories {
  const { atMs, key, linkedKey } = table;
  const groups = new Groups(keys.length);
  const isWithin = (place: number) => (atMs[place] as number) <= untilMs;
  for (let place = 0; place < key.length; place += 1) {
    const linked = linkedKey[place] as number;
    if (linked !== noKey && isWithin(place)) groups.join(key[place] as number, linked);
  }

  const none = keys.length;
  const historyOfRoot = new Uint32Array(keys.length).fill(none);
  const sizes: number[] = [];
  for (let place = 0; place < key.length; place += 1) {
    if (!isWithin(place)) continue;
    const root = groups.root(key[place] as number);
    if (historyOfRoot[root] === none) historyOfRoot[root] = sizes.push(0) - 1;
    const history = historyOfRoot[root] as number;
    sizes[history] = (sizes[history] as number) + 1;
  }

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sizes.length + 1)));
  for (const [history, size] of sizes.entries()) starts[history + 1] = (starts[history] as number) + size;
  const free = starts.slice();
  const places = new Uint32Array(new SharedArrayBuffer(4 * (starts[sizes.length] as number)));
  for (let place = 0; place < key.length; place += 1) {
    if (!isWithin(place)) continue;
    const history = historyOfRoot[groups.root(key[place] as number)] as number;
    places[free[history] as number] = place;
    free[history] = (free[history] as number) + 1;
  }

  const ofId = (id: string) =>
    [`u#${id}`, `a#${id}`].flatMap((name) => {
      const number = keys.indexOf(name);
      const history = number < 0 ? none : (historyOfRoot[groups.root(number)] as number);
      return history === none ? [] : [history];
    })[0];
  return { places, starts, ofId };
}

/** Events of a history, in order of time; those of one instant in the order of the input. */
export function inOrderOfTime({ places, starts }: Pick<Histories, 'places' | 'starts'>, history: number, atMs: Float64Array): Uint32Array {
  const own = places.slice(starts[history], starts[history + 1]);
  const isBefore = (index: number) => (atMs[own[index] as number] as number) < (atMs[own[index - 1] as number] as number);
  for (let index = 1; index < own.length; index += 1) if (isBefore(index)) return own.sort((a, b) => (atMs[a] as number) - (atMs[b] as number) || a - b);
  return own;
}

/** Shares histories out, so that each share has about the same number of events. */
export function sharesOf({ starts }: Pick<Histories, 'starts'>, count: number): Uint32Array[] {
  const shares = Array.from({ length: count }, () => ({ events: 0, histories: [] as number[] }));
  for (let history = 0; history < starts.length - 1; history += 1) {
    const smallest = shares.reduce((least, share) => (share.events < least.events ? share : least));
    smallest.histories.push(history);
    smallest.events += (starts[history + 1] as number) - (starts[history] as number);
  }
  return shares.map(({ histories }) => Uint32Array.from(histories));
}

/** Disjoint sets of numbers (union-find with path halving). */
class Groups {
  readonly #parents: Uint32Array;

  constructor(count: number) {
    this.#parents = new Uint32Array(count).map((_, number) => number);
  }

  root(number: number): number {
    const parents = this.#parents;
    let current = number;
    for (;;) {
      const parent = parents[current] as number;
      if (parent === current) return current;
      parents[current] = parents[parent] as number;
      current = parent;
    }
  }

  join(a: number, b: number): void {
    this.#parents[this.root(b)] = this.root(a);
  }
}
