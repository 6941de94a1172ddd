import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import { isAnonymous } from '../domain/events/event.ts';
import { unitHash } from '../domain/hash.ts';
import { addEmail, type EmailRecord } from '../domain/report-numbers/emails.ts';
import type { Sums } from '../domain/report-numbers/numbers.ts';
import { addPerson, mergePeople, noPeople, type Frame, type PeopleSums } from '../domain/report-numbers/people.ts';
import { isIn, type Span } from '../domain/period.ts';
import { addCredits, addExposures, comparedWithin, type Converted } from '../domain/report-numbers/results.ts';
import { Tally } from '../domain/report-numbers/tally.ts';
import { dayMs } from '../domain/time.ts';

export interface CollectDeps {
  profiles: Pick<ProfileStore, 'people' | 'loadMany'>;
  sends: Pick<SendStore, 'since'>;
  /** Emails that are held in memory at once, at about 400 bytes each. */
  maxHeldEmails?: number;
}

/** Each slice scans the sends table; more would not end within the time of a function. */
const maxSlices = 64;
/** Parts of the profile table that are read at the same time. */
const parallelParts = 4;

/**
 * Reads both tables and sums up a month. Of the profiles, only the conversions of the month stay in memory, and those since the beginning
 * of the oldest comparison. Emails are brought
 * together by person, for a slice of the people at a time when there are too many; each slice reads the sends table once more.
 */
export async function collect(deps: CollectDeps, frame: Frame): Promise<Sums> {
  const { period } = frame;
  const known: Span = { fromMs: earliestMs(frame), untilMs: period.untilMs };
  const people = noPeople();
  const conversions = new Map<string, Converted[]>();
  const readPart = async (part: number): Promise<PeopleSums> => {
    const sums = noPeople();
    for await (const person of deps.profiles.people({ part, of: parallelParts })) {
      addPerson(sums, person, frame);
      const own = person.conversions.filter(({ atMs }) => isIn(known, atMs)).map(({ atMs, revenue = 0 }) => ({ atMs, revenue }));
      if (own.length > 0) conversions.set(person.profile.userKey, own);
    }
    return sums;
  };
  for (const part of await Promise.all(Array.from({ length: parallelParts }, (_, part) => readPart(part)))) mergePeople(people, part);
  for (let slices = 1; slices <= maxSlices; slices *= 2) {
    const sums = await collectEmails(deps, conversions, frame, slices);
    if (sums !== undefined) return { people, ...sums };
  }
  throw new Error(`the emails of ${period.month} are too many to hold, even a ${maxSlices}th of them at a time`);
}

/** When the oldest comparison of arms begins, or the month. */
function earliestMs({ plan, period }: Frame): number {
  return Math.min(period.fromMs, ...Object.values(plan.config.campaigns).map((campaign) => comparedWithin(campaign, period).fromMs));
}

/** @returns undefined when a slice holds more than may be held */
async function collectEmails(deps: CollectDeps, conversions: ReadonlyMap<string, Converted[]>, frame: Frame, slices: number): Promise<Omit<Sums, 'people'> | undefined> {
  const { period } = frame;
  const { attribution, campaigns } = frame.plan.config;
  const fromMs = Math.min(period.fromMs - attribution.windowDays * dayMs, earliestMs(frame));
  const sums = { emails: new Tally(), credits: new Tally(), arms: new Tally() };
  for (let slice = 0; slice < slices; slice += 1) {
    const held = await readSlice(deps, fromMs, (userKey) => Math.floor(unitHash('report', userKey) * slices) === slice);
    if (held === undefined) return undefined;
    for (const [userKey, emails] of held) {
      const own = conversions.get(userKey) ?? [];
      for (const email of emails) addEmail(sums.emails, email, period);
      const ofMonth = own.filter(({ atMs }) => isIn(period, atMs));
      addCredits(sums.credits, ofMonth, emails, attribution);
      addExposures(sums.arms, own, emails, attribution, (campaign) => comparedWithin(campaigns[campaign], period));
    }
  }
  return sums;
}

async function readSlice({ profiles, sends, maxHeldEmails = 1_000_000 }: CollectDeps, fromMs: number, isInSlice: (userKey: string) => boolean): Promise<Map<string, EmailRecord[]> | undefined> {
  const held = new Map<string, EmailRecord[]>();
  let count = 0;
  for await (const page of sends.since(fromMs)) {
    const owners = await ownersOf(profiles, page);
    for (const record of page) {
      const userKey = owners.get(record.userKey) ?? record.userKey;
      if (!isInSlice(userKey)) continue;
      count += 1;
      if (count > maxHeldEmails) return undefined;
      held.set(userKey, [...(held.get(userKey) ?? []), record]);
    }
  }
  return held;
}

/** The known profiles that the anonymous people of a page have been merged into. */
async function ownersOf(profiles: Pick<ProfileStore, 'loadMany'>, page: readonly EmailRecord[]): Promise<Map<string, string>> {
  const anonymous = [...new Set(page.map(({ userKey }) => userKey).filter(isAnonymous))];
  if (anonymous.length === 0) return new Map();
  const loaded = await profiles.loadMany(anonymous.map((userKey) => ({ userKey, withContent: false })));
  return new Map([...loaded].flatMap(([userKey, { profile }]) => (profile.mergedInto === undefined ? [] : [[userKey, profile.mergedInto]])));
}
