import type { DomainEvent } from '../../lambdas/domain/events/event.ts';

/**
 * Separates events by whom they concern: a known person with all devices that events link to them make one history.
 * Histories have nothing to do with each other, so each can be replayed by itself, which keeps little in memory at a time.
 * @param events in order of time; so are those of each history
 */
export function separateHistories(events: readonly DomainEvent[]): DomainEvent[][] {
  const groups = new Groups();
  for (const { userKey, anonymousKey } of events) {
    const group = groups.of(userKey);
    if (anonymousKey !== undefined) groups.join(group, groups.of(anonymousKey));
  }
  const histories = new Map<number, DomainEvent[]>();
  for (const event of events) {
    const root = groups.root(groups.of(event.userKey));
    const history = histories.get(root);
    if (history === undefined) histories.set(root, [event]);
    else history.push(event);
  }
  return [...histories.values()];
}

/** Disjoint sets of keys (union-find with path halving). */
class Groups {
  readonly #numbers = new Map<string, number>();
  readonly #parents: number[] = [];

  of(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#parents.length;
      this.#numbers.set(key, number);
      this.#parents.push(number);
    }
    return number;
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
