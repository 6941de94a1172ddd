/** Runs `work` long enough for a reliable time, and takes the best of several rounds, since other programs can only slow it down. */
export function nanosecondsPerCall(work: () => void, callsPerWork: number, { minMs = 120, rounds = 5 } = {}): number {
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
export async function nanosecondsPerAsyncCall(work: () => Promise<void>, callsPerWork: number, { minMs = 120, rounds = 3 } = {}): Promise<number> {
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
