import type { Dynamo } from '../aws/dynamo/dynamo.ts';
import type { Clock } from '../time/clock.ts';
import type { Timer } from '../time/queue.ts';

const everyMs = 300_000;
/** Runs in a row that leave what was due. */
const mostInVain = 300;

/**
 * The schedule of every 5 minutes, without the runs that would find nothing: the next one is when something in the index is
 * due.
 */
export class Refresh {
  /** Set when something stays due whatever is done. */
  isStuck = false;
  private next: Timer | undefined;
  private inVain = 0;
  private readonly deps: { clock: Clock; dynamo: Dynamo; run: () => Promise<unknown>; repeats: () => boolean };

  constructor(deps: Refresh['deps']) {
    this.deps = deps;
  }

  wanted(dueAtMs: number): void {
    const { clock } = this.deps;
    const atMs = Math.ceil(Math.max(dueAtMs, clock.now() + 1) / everyMs) * everyMs;
    if (this.isStuck || (this.next !== undefined && this.next.atMs <= atMs)) return;
    this.next?.cancel();
    this.next = clock.at(atMs, () => void this.go());
  }

  private async go(): Promise<void> {
    this.next = undefined;
    const before = this.due();
    await Promise.all([this.deps.run(), ...(this.deps.repeats() ? [this.deps.run()] : [])]);
    const after = this.due();
    this.inVain = before.some((key) => after.includes(key)) ? this.inVain + 1 : 0;
    if (this.inVain > mostInVain) this.isStuck = true;
    const earliest = this.isBacklogged() ? this.deps.clock.now() : this.earliest();
    if (earliest !== undefined) this.wanted(earliest);
  }

  private all() {
    return this.deps.dynamo.tables.get('profiles')?.all(true) ?? [];
  }

  private due(): string[] {
    const nowMs = this.deps.clock.now();
    return this.all().flatMap((item) => (item.dueAtMs?.N !== undefined && Number(item.dueAtMs.N) <= nowMs ? [`${item.userKey?.S}@${item.ver?.N}`] : []));
  }

  private isBacklogged(): boolean {
    return this.all().some(({ userKey }) => userKey?.S === 'backlog');
  }

  private earliest(): number | undefined {
    const times = this.all().flatMap((item) => (item.dueAtMs?.N === undefined ? [] : [Number(item.dueAtMs.N)]));
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
