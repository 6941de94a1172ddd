import { noKey, tableOf, type EventTable } from './event-table.ts';
import type { EventText } from './event-texts.ts';
import { shownRefusals, type Refused, type Scan } from './scan.ts';

/** All events of an input, and whom they concern. */
export interface Input {
  events: EventTable;
  texts: EventText[];
  keys: string[];
  count: number;
  refused: Refused;
  catalogue: number;
  firstAtMs: number;
  lastAtMs: number;
}

/** Puts the parts of an input together. */
export function joined(scans: readonly Scan[]): Input {
  const count = scans.reduce((sum, scan) => sum + scan.text.count, 0);
  const events = tableOf(count);
  const numbers = new Map<string, number>();
  const numberOf = (key: string) => {
    const number = numbers.get(key) ?? numbers.size;
    if (number === numbers.size) numbers.set(key, number);
    return number;
  };
  const refused: Refused = { count: 0, first: [] };
  let [place, linesBefore, catalogue] = [0, 0, 0];
  for (const scan of scans) {
    const known = scan.keys.map(numberOf);
    events.startByte.set(scan.events.startByte, place);
    events.endByte.set(scan.events.endByte, place);
    events.atMs.set(scan.events.atMs, place);
    for (const [index, key] of scan.events.key.entries()) {
      events.key[place] = known[key] as number;
      const linked = scan.events.linkedKey[index] as number;
      events.linkedKey[place] = linked === noKey ? noKey : (known[linked] as number);
      place += 1;
    }
    refused.count += scan.refused.count;
    for (const { line, reason } of scan.refused.first) if (refused.first.length < shownRefusals) refused.first.push({ line: linesBefore + line, reason });
    linesBefore += scan.lines;
    catalogue += scan.catalogue;
  }
  let [firstAtMs, lastAtMs] = [Infinity, -Infinity];
  for (const atMs of events.atMs) {
    if (atMs < firstAtMs) firstAtMs = atMs;
    if (atMs > lastAtMs) lastAtMs = atMs;
  }
  return { events, texts: scans.map(({ text }) => text), keys: [...numbers.keys()], count, refused, catalogue, firstAtMs, lastAtMs };
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
export function separateHistories({ events, keys }: Input, untilMs: number): Histories {
  const groups = new Groups(keys.length);
  const isWithin = (place: number) => (events.atMs[place] as number) <= untilMs;
  const { key, linkedKey } = events;
  for (const [place, linked] of linkedKey.entries()) if (linked !== noKey && isWithin(place)) groups.join(key[place] as number, linked);

  const historyOfRoot = new Map<number, number>();
  const sizes: number[] = [];
  for (let place = 0; place < key.length; place += 1) {
    if (!isWithin(place)) continue;
    const root = groups.root(key[place] as number);
    const history = historyOfRoot.get(root) ?? sizes.length;
    if (history === sizes.length) historyOfRoot.set(root, history);
    sizes[history] = (sizes[history] ?? 0) + 1;
  }

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sizes.length + 1)));
  for (const [history, size] of sizes.entries()) starts[history + 1] = (starts[history] as number) + size;
  const free = starts.slice();
  const places = new Uint32Array(new SharedArrayBuffer(4 * (starts[sizes.length] as number)));
  for (let place = 0; place < key.length; place += 1) {
    if (!isWithin(place)) continue;
    const history = historyOfRoot.get(groups.root(key[place] as number)) as number;
    places[free[history] as number] = place;
    free[history] = (free[history] as number) + 1;
  }

  const ofId = (id: string) =>
    [`u#${id}`, `a#${id}`].map((name) => keys.indexOf(name)).flatMap((number) => (number < 0 ? [] : (historyOfRoot.get(groups.root(number)) ?? [])))[0];
  return { places, starts, ofId };
}

/** Events of a history, in order of time; those of one instant in the order of the input. */
export function inOrderOfTime({ places, starts }: Pick<Histories, 'places' | 'starts'>, history: number, atMs: Float64Array): Uint32Array {
  const own = places.slice(starts[history], starts[history + 1]);
  const isInOrder = own.every((place, index) => index === 0 || (atMs[own[index - 1] as number] as number) <= (atMs[place] as number));
  return isInOrder ? own : own.sort((a, b) => (atMs[a] as number) - (atMs[b] as number) || a - b);
}

/** Shares histories out, so that each share has about the same number of events. */
export function sharesOf({ starts }: Pick<Histories, 'starts'>, count: number): number[][] {
  const shares = Array.from({ length: count }, () => ({ events: 0, histories: [] as number[] }));
  for (let history = 0; history < starts.length - 1; history += 1) {
    const smallest = shares.reduce((least, share) => (share.events < least.events ? share : least));
    smallest.histories.push(history);
    smallest.events += (starts[history + 1] as number) - (starts[history] as number);
  }
  return shares.map(({ histories }) => histories);
}

/** Disjoint sets of numbers (union-find with path halving). */
class Groups {
  readonly #parents: Uint32Array;

  constructor(count: number) {
    this.#parents = Uint32Array.from({ length: count }, (_, number) => number);
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
