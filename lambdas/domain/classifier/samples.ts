import { unitHash } from '../hash.ts';
import type { Features } from './features.ts';

/** An ambiguous person in a month that is over. */
export interface Sample {
  userKey: string;
  /** As they were when the month began, so that nothing that happened in it, treatment included, is among them. */
  features: Features;
  /** Which side of the threshold the rule put the person on, at the same instant. */
  ruleAbove: boolean;
  converted: boolean;
}

/** What the samples of a person are for; always the same, so that nobody is trained on in one month and tested on in another. */
export type Role = 'train' | 'calibrate' | 'test';

const trainShare = 0.6;
const calibrateShare = 0.2;

export function roleOf(userKey: string): Role {
  const place = unitHash('classifier-role', userKey);
  return place < trainShare ? 'train' : place < trainShare + calibrateShare ? 'calibrate' : 'test';
}

/**
 * A uniform sample of at most `size` people: those with the least hashes (a bottom-k sketch, Cohen and Kaplan, "Summarizing Data using
 * Bottom-k Sketches", PODC 2007). Samples of parts of the people add up to that of all, in any order.
 */
export class SampleKeeper {
  readonly #size: number;
  #kept: { place: number; sample: Sample }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  add(sample: Sample): void {
    this.#kept.push({ place: unitHash('classifier-sample', sample.userKey), sample });
    if (this.#kept.length >= 2 * this.#size) this.#trim();
  }

  merge(other: SampleKeeper): void {
    this.#kept.push(...other.#kept);
    this.#trim();
  }

  /** By rising hash, so in an order that has nothing to do with how they came. */
  list(): Sample[] {
    this.#trim();
    return this.#kept.map(({ sample }) => sample);
  }

  #trim(): void {
    this.#kept.sort((a, b) => a.place - b.place);
    this.#kept = this.#kept.slice(0, this.#size);
  }
}
