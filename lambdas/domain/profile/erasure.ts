import type { DomainEvent } from '../events/event.ts';
import { hexHash } from '../hash.ts';
import type { Profile } from './profile.ts';

/** The hash that stays of an erased person. Without the salt nobody can find out whether an id is among them. */
export const erasedHash = (salt: string, text: string): string => hexHash(['erased', salt, text], 64);

/**
 * The events that may be applied to a profile. Nothing that an erased person did before the erasure comes back, however late it arrives,
 * and nothing at all is kept until the shop's server says that the person consents anew.
 * @param consentTrait undefined where no consent is needed: then any identify call from the server starts afresh
 */
export function afterErasure<E extends { event: DomainEvent }>(
  events: readonly E[],
  { version, erasedAtMs }: Pick<Profile, 'version' | 'erasedAtMs'>,
  consentTrait: string | null,
): readonly E[] {
  if (erasedAtMs === undefined) return events;
  const start = version > 0 ? 0 : events.findIndex(({ event }) => startsAfresh(event, erasedAtMs, consentTrait));
  return start < 0 ? [] : events.slice(start).filter(({ event }) => event.atMs > erasedAtMs);
}

function startsAfresh({ source, name, atMs, traits }: DomainEvent, erasedAtMs: number, consentTrait: string | null): boolean {
  if (source !== 'server' || name !== 'identified' || atMs <= erasedAtMs) return false;
  return consentTrait === null || traits[consentTrait] === true;
}
