import { History, type Of } from './history.ts';
import { decidedFrom } from './decided.ts';
import type { Witness } from './witness.ts';

const time = (atMs: number): string => new Date(atMs).toISOString();

/** Somebody who was erased, by what the operator did and the shop has said since. */
export interface Erased {
  person: string;
  key: string;
  /** Ids of the person, and of the devices that had become theirs when they were erased for the last time. */
  ids: readonly string[];
  inboxes: readonly string[];
  firstFromMs: number;
  /** undefined while no erasure has ended well. */
  firstDoneMs: number | undefined;
  lastFromMs: number;
  /** When the shop's server first said that they agree anew, by the clock of the world; Infinity when it never did. */
  backAtMs: number;
}

export function erasedIn(history: History, { asksConsent }: Witness): Erased[] {
  const asked = Map.groupBy(history.all('erasing'), ({ person }) => person);
  return [...asked].map(([person, rounds]) => {
    const [first, last] = [rounds[0], rounds.at(-1)] as [Of<'erasing'>, Of<'erasing'>];
    const joined = history.all('joined').filter(({ profile, into, atMs }) => into === last.key && atMs < last.atMs && last.deviceIds.includes(profile.slice(2)));
    // By an address that is not stored yet, or a device that is nobody's yet, nobody is found.
    const isKnownBy = (subject: string) => subject === last.key.slice(2) || joined.some(({ profile, atMs }) => profile.slice(2) === subject && atMs < first.atMs);
    const done = history.all('erased').filter((one) => one.person === person && isKnownBy(one.subject));
    // Each person's only identify call with a consent is the one with which they sign up.
    const signUps = new Set(history.all('event').flatMap((event) => (event.person === person && event.name === 'identify' && (!asksConsent || event.properties.consents === true) ? [event.eventId] : [])));
    const back = history.all('record').find(({ eventId = '', effectiveAtMs }) => signUps.has(eventId) && effectiveAtMs > first.atMs);
    return {
      person,
      key: last.key,
      ids: [last.key.slice(2), ...new Set(joined.map(({ profile }) => profile.slice(2)))],
      inboxes: last.inboxes,
      firstFromMs: first.atMs,
      firstDoneMs: done[0]?.atMs,
      lastFromMs: last.atMs,
      backAtMs: back?.atMs ?? Infinity,
    };
  });
}

/** Of whoever was erased nothing is left: in no table, in no object of before, in no older version of one. What comes in later lies in the archive until the next erasure. */
export function erasedAreGone(history: History, witness: Witness): string[] {
  return erasedIn(history, witness).flatMap(({ person, key, ids, inboxes, firstDoneMs, lastFromMs, backAtMs }) => {
    if (firstDoneMs === undefined) return [`the erasure of ${person} never ended well`];
    const executions = history.all('started').flatMap(({ execution, input, atMs }) => (ownerOf(input) === key && atMs < lastFromMs ? [execution] : []));
    const marks = [...ids, ...inboxes, ...executions].map((mark) => new RegExp(`(?<![\\w.-])${mark.replaceAll(/[^\w-]/g, '\\$&')}(?![\\w-])`, 'i'));
    const names = (text: string) => marks.find((mark) => mark.test(text))?.source;
    const left = (where: string, text: string) => {
      const mark = names(text);
      return mark === undefined ? [] : [`${person} was erased, and ${where} still has ${mark}: ${text.slice(0, 300)}`];
    };
    const rows = backAtMs < Infinity ? [] : Object.entries(witness.tables).flatMap(([table, items]) => items.flatMap((item) => left(table, JSON.stringify(item))));
    const objects = witness.objects.filter(({ sinceMs }) => sinceMs < lastFromMs);
    return [...rows, ...objects.flatMap(({ key: name, lines }) => lines.flatMap((line) => left(name, line)))];
  });
}

/** Whoever was erased gets no email that was decided on after that, until the shop's server has said that they agree anew. */
export function erasedAreNotMailed(history: History, witness: Witness): string[] {
  const lookedFrom = decidedFrom(history);
  return erasedIn(history, witness).flatMap(({ person, inboxes, firstDoneMs = Infinity, backAtMs }) =>
    history
      .all('mail')
      .filter(({ to, invocation, atMs }) => inboxes.includes(to) && lookedFrom(invocation) >= firstDoneMs && atMs < backAtMs)
      .map(({ to, campaign, step, atMs }) => `${person} was erased at ${time(firstDoneMs)}, and ${to} got ${campaign}/${step} at ${time(atMs)}`),
  );
}

/** Workflows of the erased end with them. */
export function erasedAreLeftAlone(history: History, witness: Witness): string[] {
  const ended = new Map(history.all('ended').map(({ execution, atMs }) => [execution, atMs]));
  return erasedIn(history, witness).flatMap(({ person, key, firstFromMs, firstDoneMs = Infinity }) =>
    history.all('started').flatMap(({ execution, input, atMs }) => {
      const endedAtMs = ended.get(execution) ?? Infinity;
      return ownerOf(input) === key && atMs < firstFromMs && endedAtMs > firstDoneMs ? [`${execution} of ${person}, who was erased at ${time(firstDoneMs)}, went on until ${Number.isFinite(endedAtMs) ? time(endedAtMs) : 'the end'}`] : [];
    }),
  );
}

/** The same without those who were erased: of them, nothing else is promised any more. */
export function ofOthers(history: History, witness: Witness): { history: History; witness: Witness } {
  const erased = erasedIn(history, witness);
  if (erased.length === 0) return { history, witness };
  const people = new Set(erased.map(({ person }) => person));
  const devices = history.all('erasing').flatMap(({ deviceIds }) => deviceIds.map((id) => `a#${id}`));
  const keys = new Set([...erased.map(({ key }) => key), ...devices]);
  const inboxes = new Set(erased.flatMap((one) => one.inboxes));
  const events = new Set(history.all('event').flatMap(({ person, eventId }) => (people.has(person) ? [eventId] : [])));
  const executions = new Set(history.all('started').flatMap(({ execution, input }) => (keys.has(ownerOf(input)) ? [execution] : [])));
  for (const { execution, profile } of history.all('entry')) if (keys.has(profile)) executions.add(execution);
  const others = new History(() => 0);
  for (const entry of history.entries) {
    const isTheirs =
      ('person' in entry && people.has(entry.person)) ||
      ('eventId' in entry && entry.eventId !== undefined && events.has(entry.eventId)) ||
      ('execution' in entry && entry.execution !== undefined && executions.has(entry.execution)) ||
      ('to' in entry && inboxes.has(entry.to)) ||
      ('partitionKey' in entry && (keys.has(`u#${entry.partitionKey}`) || keys.has(`a#${entry.partitionKey}`))) ||
      (entry.what === 'joined' && keys.has(entry.into));
    if (!isTheirs) others.entries.push(entry);
  }
  return {
    history: others,
    witness: {
      ...witness,
      profiles: witness.profiles.filter(({ userKey }) => !keys.has(userKey)),
      sends: witness.sends.filter(({ userKey = '' }) => !keys.has(userKey)),
      people: witness.people.filter(({ name }) => !people.has(name)),
      running: witness.running.filter((execution) => !executions.has(execution)),
    },
  };
}

const ownerOf = (input: string): string => (JSON.parse(input) as { userKey: string }).userKey;
