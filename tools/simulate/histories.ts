import { EventTable, noNumber } from './event-table.ts';
import type { Events, EventReader } from './event-texts.ts';
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

/** Puts the parts of an input together. Their tables stay where they are; only the numbers in them become those of the whole input. */
export function joined(scans: readonly Scan[]): Input {
  const [keys, names] = [new Numbers(), new Numbers()];
  const refused: Refused = { count: 0, first: [] };
  let [count, linesBefore, catalogue] = [0, 0, 0];
  let [firstAtMs, lastAtMs] = [Infinity, -Infinity];
  for (const scan of scans) {
    const table = new EventTable(scan.table);
    const keysOfPart = scan.keys.map((key) => keys.of(key));
    const namesOfPart = scan.names.map((name) => names.of(name));
    for (let row = 0; row < table.count; row += 1) {
      const [atMs, linkedKey] = [table.atMs(row), table.linkedKey(row)];
      if (atMs < firstAtMs) firstAtMs = atMs;
      if (atMs > lastAtMs) lastAtMs = atMs;
      table.renumber(row, {
        name: namesOfPart[table.name(row)] as number,
        key: keysOfPart[table.key(row)] as number,
        linkedKey: linkedKey === noNumber ? noNumber : (keysOfPart[linkedKey] as number),
      });
    }
    refused.count += scan.refused.count;
    for (const { line, reason } of scan.refused.first) if (refused.first.length < shownRefusals) refused.first.push({ line: linesBefore + line, reason });
    linesBefore += scan.lines;
    catalogue += scan.catalogue;
    count += table.count;
  }
  const parts = scans.map(({ table, bytes, commonTexts }) => ({ table, bytes, commonTexts }));
  return { events: { parts, keys: keys.all, names: names.all }, count, refused, catalogue, firstAtMs, lastAtMs };
}

/** Places of events, one history after the other; each begins at its `starts` and ends where the next one begins. */
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
export function separateHistories({ events: { parts, keys } }: Pick<Input, 'events'>, untilMs: number): Histories {
  const groups = new Groups(keys.length);
  const forEach = (visit: (place: number, table: EventTable, row: number) => void) => {
    let place = 0;
    for (const part of parts) {
      const table = new EventTable(part.table);
      for (let row = 0; row < table.count; row += 1, place += 1) if (table.atMs(row) <= untilMs) visit(place, table, row);
    }
  };
  forEach((_place, table, row) => {
    const linked = table.linkedKey(row);
    if (linked !== noNumber) groups.join(table.key(row), linked);
  });

  const none = keys.length;
  const historyOfRoot = new Uint32Array(keys.length).fill(none);
  const sizes: number[] = [];
  forEach((_place, table, row) => {
    const root = groups.root(table.key(row));
    if (historyOfRoot[root] === none) historyOfRoot[root] = sizes.push(0) - 1;
    const history = historyOfRoot[root] as number;
    sizes[history] = (sizes[history] as number) + 1;
  });

  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sizes.length + 1)));
  for (const [history, size] of sizes.entries()) starts[history + 1] = (starts[history] as number) + size;
  const free = starts.slice();
  const places = new Uint32Array(new SharedArrayBuffer(4 * (starts[sizes.length] as number)));
  forEach((place, table, row) => {
    const history = historyOfRoot[groups.root(table.key(row))] as number;
    places[free[history] as number] = place;
    free[history] = (free[history] as number) + 1;
  });

  const ofId = (id: string) =>
    [`u#${id}`, `a#${id}`].flatMap((name) => {
      const number = keys.indexOf(name);
      const history = number < 0 ? none : (historyOfRoot[groups.root(number)] as number);
      return history === none ? [] : [history];
    })[0];
  return { places, starts, ofId };
}

/** Events of a history, in order of time; those of one instant in the order of the input. */
export function inOrderOfTime({ places, starts }: Pick<Histories, 'places' | 'starts'>, history: number, events: Pick<EventReader, 'atMs'>): Uint32Array {
  const own = places.slice(starts[history], starts[history + 1]);
  let previousMs = -Infinity;
  for (const place of own) {
    const atMs = events.atMs(place);
    if (atMs < previousMs) return own.sort((a, b) => events.atMs(a) - events.atMs(b) || a - b);
    previousMs = atMs;
  }
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
