/** How long to measure. */
export interface Effort {
  /** A round repeats its work for at least so long, for a reliable time. */
  minMs: number;
  /** The best round counts, since other programs can only slow it down. */
  rounds: number;
}

export const thorough: Effort = { minMs: 120, rounds: 5 };
/** Only shows that a benchmark runs; its figures say little. */
export const quick: Effort = { minMs: 1, rounds: 1 };

/** Time of one call in nanoseconds, where `work` makes `callsPerWork` of them. */
export function nanosecondsPerCall(work: () => void, callsPerWork: number, { minMs, rounds }: Effort = thorough): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    let repeats = 0;
    const start = process.hrtime.bigint();
    let elapsed = 0n;
    do {
      work();
      repeats += 1;
      elapsed = process.hrtime.bigint() - start;
    } while (elapsed < BigInt(minMs) * 1_000_000n);
    best = Math.min(best, Number(elapsed) / (repeats * callsPerWork));
  }
  return best;
}

/** The same for work that has to be awaited. */
export async function nanosecondsPerAsyncCall(work: () => Promise<void>, callsPerWork: number, { minMs, rounds }: Effort = thorough): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    let repeats = 0;
    const start = performance.now();
    do {
      await work();
      repeats += 1;
    } while (performance.now() - start < minMs);
    best = Math.min(best, ((performance.now() - start) * 1e6) / (repeats * callsPerWork));
  }
  return best;
}

/** A small generator of numbers in [0, 1) that gives the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
