import type { History, Of } from './history.ts';
import { ownersOf } from './owners.ts';
import { processedEvents } from './processed.ts';
import { rootOf, type Witness } from './witness.ts';

/** Whoever came into a campaign, by what their profile says, has a workflow. */
export function workflowsStart(history: History): string[] {
  const started = new Set(history.all('started').map(({ execution }) => execution));
  return history.all('entry').flatMap(({ execution, profile, campaign }) => (started.has(execution) ? [] : [`${profile} came into ${campaign}, and ${execution} was never started`]));
}

export function workflowsEnd(history: History, witness: Witness): string[] {
  const { running, people, refusedForGood = '' } = witness;
  const ownerOf = ownersOf(history, witness);
  // Emails that SES will never take end their workflow when all tries are used up, and that is told.
  const mayFail = ({ execution, error = '' }: Of<'ended'>) =>
    (error === 'SendRejected' || error === 'SenderNotVerified') && people.some(({ key, inboxes }) => key === ownerOf(execution) && inboxes.includes(refusedForGood));
  const ends = Map.groupBy(history.all('ended'), ({ execution }) => execution);
  return [
    ...running.map((execution) => `${execution} never ends`),
    ...[...ends].flatMap(([execution, list]) => (list.length === 1 ? [] : [`${execution} ended ${list.length} times`])),
    ...history.all('ended').flatMap((end) => (end.status === 'SUCCEEDED' || end.status === 'ABORTED' || mayFail(end) ? [] : [`${end.execution} ended as ${end.status}: ${end.error ?? ''} ${end.cause ?? ''}`])),
  ];
}

const waitState = 'Wait for a first look';
/** Longer than what delays an effect by faults and the refresh. */
const promptMs = 3_600_000;

/** The welcome waits for a look at a product; who has looked does not wait until the time out, in whatever order look and sign-up came. */
export function waitsGoOn(history: History, witness: Witness): string[] {
  const { people } = witness;
  const root = rootOf(witness);
  const joinedAtMs = new Map(history.all('joined').map(({ profile, atMs }) => [profile, atMs]));
  const entered = history.all('entered');
  const inputs = new Map(history.all('started').map(({ execution, input }) => [execution, JSON.parse(input) as { userKey: string; entryAtMs: number }]));
  const looks = processedEvents(history).flatMap(({ event, effectiveAtMs, processedAtMs, partitionKey }) => {
    const isOwn = `u#${partitionKey}` === root(event.key);
    // What a visitor did is the person's from the moment that the two are one; what comes in later is sent after it, in a record of its own.
    const joinMs = isOwn ? -Infinity : (joinedAtMs.get(event.key) ?? Infinity);
    if (event.name !== 'product_viewed' || (!isOwn && processedAtMs > joinMs)) return [];
    return [{ key: root(event.key), eventId: event.eventId, effectiveAtMs, knownAtMs: Math.max(processedAtMs, joinMs) }];
  });
  return entered.flatMap(({ execution, state, atMs }, place) => {
    const input = inputs.get(execution);
    const person = people.find(({ key }) => key === input?.userKey);
    if (state !== waitState || input === undefined || person === undefined) return [];
    const leftAtMs = entered.slice(place + 1).find((next) => next.execution === execution)?.atMs ?? Infinity;
    const endedAtMs = history.all('ended').find((end) => end.execution === execution)?.atMs ?? Infinity;
    const [look] = looks.filter(({ key, effectiveAtMs, knownAtMs }) => key === person.key && effectiveAtMs > input.entryAtMs && knownAtMs < Infinity).sort((a, b) => a.knownAtMs - b.knownAtMs);
    if (look === undefined) return [];
    const expectedMs = Math.max(look.knownAtMs, atMs) + promptMs;
    const untilMs = Math.min(leftAtMs, endedAtMs);
    return untilMs <= expectedMs ? [] : [`${execution} waited until ${Number.isFinite(untilMs) ? new Date(untilMs).toISOString() : 'the end'}, though ${look.eventId} was known at ${new Date(look.knownAtMs).toISOString()}`];
  });
}

/** When all is calm and every workflow has ended, whoever puts something into the cart gets a new one. */
export function nobodyIsLockedOut(history: History): string[] {
  return history.all('probe').flatMap(({ person, key, campaign, atMs }) => {
    const isIn = history.all('started').some(({ atMs: startedAtMs, input }) => {
      const entry = JSON.parse(input) as { userKey: string; campaign: string };
      return startedAtMs >= atMs && entry.userKey === key && entry.campaign === campaign;
    });
    return isIn ? [] : [`${person} (${key}) is not taken into ${campaign} any more`];
  });
}

/** Once the product has been told of all ends, no profile shows a workflow that is over. */
export function runsEnd(history: History, { profiles }: Witness): string[] {
  const ended = new Set(history.all('ended').map(({ execution }) => execution));
  const aside = new Set(history.all('dead-letter').flatMap(({ sequenceNumbers }) => sequenceNumbers));
  const untold = new Set(history.all('record').flatMap(({ name, eventId = '', sequenceNumber }) => (name.startsWith('workflow') && aside.has(sequenceNumber) ? [eventId] : [])));
  if (untold.size > 0) return [];
  return profiles
    .filter(({ part, into }) => part === 'profile' && into === undefined)
    .flatMap(({ userKey, run = {} }) =>
      Object.values(run).flatMap(({ executionName }) => (ended.has(executionName) && !aside.has(`end of ${executionName}`) ? [`${userKey} still shows ${executionName}, which has ended`] : [])),
    );
}

export function outboxesDrain(_history: History, { profiles, isRefreshStuck }: Witness): string[] {
  const own = profiles.filter(({ part }) => part === 'profile');
  return [
    ...own.flatMap(({ userKey, out = [] }) => (out.length > 0 ? [`${userKey} still has ${JSON.stringify(out)}`] : [])),
    ...own.flatMap(({ userKey, into, clo }) => (into !== undefined && !clo ? [`${userKey} is part of ${into}, and its history never arrived there`] : [])),
    ...profiles.flatMap(({ userKey, part }) => (userKey === 'backlog' ? [`events of ${part} still wait`] : [])),
    ...(isRefreshStuck ? ['the refresh finds the same profiles again and again'] : []),
  ];
}
