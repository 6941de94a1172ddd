import type { History } from './history.ts';
import { forgettable } from './expiry.ts';
import { ownersOf } from './owners.ts';
import { rootOf, type Witness } from './witness.ts';

/** Records that were put aside instead of being counted. */
const letters = (history: History): ReadonlySet<string> => new Set(history.all('dead-letter').flatMap(({ sequenceNumbers }) => sequenceNumbers));

interface Expected {
  atLeast: number;
  atMost: number;
  ids: string[];
}

/** Per profile and event name: a stored event counts once; one that lies in the dead letters, or of a visitor who stayed away for long, may count or not. */
export function eventsAreCounted(history: History, witness: Witness): string[] {
  const { profiles, signalOf } = witness;
  const root = rootOf(witness);
  const aside = letters(history);
  const site = new Map(history.all('event').map((event) => [event.eventId, event]));
  const lost = new Set(history.all('record').flatMap(({ eventId, sequenceNumber }) => (eventId !== undefined && aside.has(sequenceNumber) ? [eventId] : [])));
  const forgotten = forgettable(history, witness);
  const seen = new Set<string>();
  const expected = new Map<string, Expected>();
  for (const { eventId, by } of history.all('record')) {
    const event = eventId === undefined ? undefined : site.get(eventId);
    if (event === undefined || by !== 'edge' || seen.has(event.eventId) || signalOf[event.name] === undefined) continue;
    seen.add(event.eventId);
    // A publishable key cannot report a conversion.
    if (event.name === 'purchase' && event.source === 'web') continue;
    const place = `${root(event.key)} ${event.name}`;
    const known = expected.get(place) ?? { atLeast: 0, atMost: 0, ids: [] };
    expected.set(place, { atLeast: known.atLeast + (lost.has(event.eventId) || forgotten.has(event.eventId) ? 0 : 1), atMost: known.atMost + 1, ids: [...known.ids, event.eventId] });
  }
  const problems: string[] = [];
  for (const profile of profiles) {
    if (profile.part !== 'profile' || profile.into !== undefined) continue;
    for (const [name, id] of Object.entries(signalOf)) {
      if (name.startsWith('email_') || name === 'coupon_redeemed') continue;
      const place = `${profile.userKey} ${name}`;
      const { atLeast, atMost, ids } = expected.get(place) ?? { atLeast: 0, atMost: 0, ids: [] };
      expected.delete(place);
      const count = profile.sig?.[id]?.[0] ?? 0;
      if (count < atLeast || count > atMost) problems.push(`${place}: counted ${count}, stored ${atMost} of which ${atMost - atLeast} are put aside (${ids.join(', ')})`);
    }
  }
  for (const [place, { atLeast, ids }] of expected) if (atLeast > 0) problems.push(`${place}: no profile; stored ${ids.join(', ')}`);
  return problems;
}

/** Records are kept for 400 days, as docs/person.md says. A run whose people are won back again and again lasts longer. */
const keptMs = 399 * 24 * 3_600_000;

export function conversionsAreRecorded(history: History, witness: Witness): string[] {
  const root = rootOf(witness);
  const aside = letters(history);
  const site = new Map(history.all('event').map((event) => [event.eventId, event]));
  const endMs = history.entries.at(-1)?.atMs ?? 0;
  const wanted = new Map<string, { mayBeGone: boolean }>();
  for (const { eventId, sequenceNumber, effectiveAtMs } of history.all('record')) {
    const event = eventId === undefined ? undefined : site.get(eventId);
    if (event?.name !== 'purchase' || event.source === 'web') continue;
    const place = `${root(event.key)} ${String(event.properties.order_id)}`;
    wanted.set(place, { mayBeGone: (wanted.get(place)?.mayBeGone ?? false) || aside.has(sequenceNumber) || endMs - effectiveAtMs > keptMs });
  }
  const found = new Map<string, number>();
  for (const { userKey, part, orderId } of witness.profiles) {
    if (!part.startsWith('conversion#') || root(userKey) !== userKey) continue;
    const place = `${userKey} ${orderId}`;
    found.set(place, (found.get(place) ?? 0) + 1);
  }
  return [
    ...[...wanted].flatMap(([place, { mayBeGone }]) => ((found.get(place) ?? 0) === 1 || (mayBeGone && !found.has(place)) ? [] : [`${place}: recorded ${found.get(place) ?? 0} times`])),
    ...[...found.keys()].filter((place) => !wanted.has(place)).map((place) => `${place}: recorded, and never stored`),
  ];
}

/** SES may tell of one thing several times; it is one thing. */
export function feedbackIsCounted(history: History, witness: Witness): string[] {
  const aside = letters(history);
  const root = rootOf(witness);
  const id = witness.signalOf.email_sent ?? '';
  const ownerOf = ownersOf(history, witness);
  const sent = new Set(history.all('feedback').flatMap(({ type, messageId }) => (type === 'Send' ? [messageId] : [])));
  return witness.people.flatMap(({ key }) => {
    const mails = history.all('mail').filter(({ execution }) => ownerOf(execution) === key);
    const [mailed, told] = [mails.length, mails.filter(({ messageId }) => sent.has(messageId)).length];
    const putAside = history.all('record').filter(({ name, sequenceNumber }) => name === 'email_sent' && aside.has(sequenceNumber)).length;
    const count = witness.profiles.find(({ userKey, part }) => userKey === root(key) && part === 'profile')?.sig?.[id]?.[0] ?? 0;
    return count > mailed || count < told - putAside ? [`${key}: email_sent is counted ${count} times, SES told of ${told} emails, ${putAside} put aside, ${mailed} taken`] : [];
  });
}
