/** A seeded source of random numbers (sfc32). The same seed gives the same numbers on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** With the mean given; for the gaps between things that happen at any time. */
  exponential(mean: number): number;
  shuffled<T>(list: readonly T[]): T[];
  /** A source of its own: what is drawn from it changes nothing of what this one draws later. */
  fork(name: string): Random;
}

export function createRandom(seed: string | number): Random {
  let [a, b, c, d] = fourWords(String(seed));
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  const random: Random = {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)] as (typeof list)[number],
    exponential: (mean) => -mean * Math.log(1 - next()),
    shuffled: (list) => list.map((value) => ({ value, place: next() })).sort((x, y) => x.place - y.place).map(({ value }) => value),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
  return random;
}

/** FNV-1a with four starting points; enough to tell seeds apart. */
function fourWords(text: string): [number, number, number, number] {
  const word = (start: number) => {
    let hash = start | 0;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    return hash;
  };
  return [word(0x811c9dc5), word(0x1234567), word(0x7654321), word(0x2468ace)];
}
