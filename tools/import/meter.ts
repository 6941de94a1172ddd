/** Estimates the speed of a job and the time left. */
export class Meter {
  readonly #startedAtMs: number;
  readonly #now: () => number;
  /** Share of the work that was done before. */
  #startShare: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAtMs = now();
  }

  /**
   * @param events in this run
   * @param share of the whole work, in [0, 1]; undefined when the end is unknown
   */
  detail(events: number, share: number | undefined): string {
    const seconds = Math.max(0.001, (this.#now() - this.#startedAtMs) / 1000);
    const rate = `${events} events, ${Math.round(events / seconds)} a second`;
    if (share === undefined) return rate;
    this.#startShare ??= share;
    const done = share - this.#startShare;
    return done > 0 ? `${rate}, ${duration(((1 - share) / done) * seconds)} left` : rate;
  }
}

/** `45 s`, `12 min`, `3 h 20 min`. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
