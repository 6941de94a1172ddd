import type { Moment } from '../../domain/profile/view.ts';
import type { Stream } from '../stream.ts';
import { apply, type ApplyDeps } from './apply.ts';
import { forwarded, type PersonBatch } from './batch.ts';
import type { Loaded } from './profile-store.ts';

export interface ForwardDeps extends ApplyDeps {
  stream: Stream;
}

export interface Counts {
  applied: number;
  duplicates: number;
  /** Sent after somebody who has been identified meanwhile. */
  forwarded: number;
  /** They lie in the dead letters. */
  putAside: number;
}

/** Applies one person's events, or sends them after the person whom they belong to by now. @throws whatever may pass */
export async function applyAndForward(deps: ForwardDeps, person: PersonBatch, moment: Moment, loaded?: Loaded): Promise<Counts> {
  const { applied, duplicates, putAside, ...rest } = await apply(deps, person, moment, loaded);
  const copies = rest.forwardTo === undefined ? [] : forwarded(person, rest, deps.plan.config);
  if (copies.length > 0) await deps.stream.put(copies);
  return { applied, duplicates, putAside, forwarded: copies.length };
}
