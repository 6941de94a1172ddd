import { unitHash } from '../hash.ts';
import type { Features } from './features.ts';

/** An ambiguous person, drawn near the beginning of a month. */
export interface Candidate {
  userKey: string;
  /** As they are when drawn, so that nothing that happens in the rest of the month, emails included, is part of them. */
  features: Features;
  /** The threshold that they are near, or the one to decide about because little is known. */
  threshold: string;
  /** Which side of it the rule puts the person on. */
  ruleAbove: boolean;
  /** Conversions of the month before the draw; they do not count as the outcome. */
  conversionsBefore: number;
}

/** The same person when the month is over. */
export interface Sample extends Pick<Candidate, 'userKey' | 'features' | 'ruleAbove'> {
  /** By which a holdout is drawn, if not by the key of the person. */
  drawKey?: string;
  /** In the rest of the month. */
  converted: boolean;
}

/** Whether a person's samples are for training, calibration or evaluation. It never changes, so nobody is trained on in one month and tested on in another. */
export type Role = 'train' | 'calibrate' | 'test';

const trainShare = 0.6;
const calibrateShare = 0.2;

export function roleOf(userKey: string): Role {
  const place = unitHash('classifier-role', userKey);
  return place < trainShare ? 'train' : place < trainShare + calibrateShare ? 'calibrate' : 'test';
}

/**
 * A uniform sample of at most `size` people: those with the smallest hashes (a bottom-k sketch, Cohen and Kaplan, "Summarizing Data using
 * Bottom-k Sketches", PODC 2007), so the order does not matter, and a keeper can continue an earlier one's sample.
 */
export class SampleKeeper<Person extends { userKey: string }> {
  readonly #size: number;
  #kept: { place: number; person: Person }[] = [];

  constructor(size: number, kept: readonly Person[] = []) {
    this.#size = size;
    for (const person of kept) this.add(person);
  }

  add(person: Person): void {
    this.#kept.push({ place: unitHash('classifier-sample', person.userKey), person });
    if (this.#kept.length >= 2 * this.#size) this.#trim();
  }

  /** By rising hash, which is independent of the order in which they came. */
  list(): Person[] {
    this.#trim();
    return this.#kept.map(({ person }) => person);
  }

  #trim(): void {
    this.#kept.sort((a, b) => a.place - b.place);
    this.#kept = this.#kept.slice(0, this.#size);
  }
}
