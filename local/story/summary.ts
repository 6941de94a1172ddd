import type { Execution } from '../step-functions/states.ts';
import type { Runtime } from '../runtime.ts';
import { anonymousKey, knownKey } from '../../lambdas/domain/events/event.ts';
import type { Story } from './story.ts';

export interface PersonSummary {
  person: string;
  /** Names of the site's events, in the order of their time. */
  events: string[];
  score: number;
  segment: string | undefined;
  workflows: { campaign: string; status: Execution['status']; cause?: string; startedAt: string; endedAt?: string; transitions: number }[];
  emails: { campaign: string; step: string; subject: string; sentAt: string; opened: boolean; clicked: boolean; links: string[] }[];
}

/** The outcome for everybody in the story. */
export async function summarise(story: Story, runtime: Runtime): Promise<PersonSummary[]> {
  const people = new Map((await runtime.people()).map((person) => [person.userKey, person]));
  const executions = runtime.executions();
  const mails = runtime.mails();
  const keyOf = (id: string) => (people.has(knownKey(id)) ? knownKey(id) : anonymousKey(id));
  const mine = (id: string) => new Set([keyOf(id), ...[...people.values()].filter(({ mergedInto }) => mergedInto === keyOf(id)).map(({ userKey }) => userKey)]);

  return Object.keys(story.expected).map((id): PersonSummary => {
    const person = people.get(keyOf(id));
    const keys = mine(id);
    const byTime = <T>(list: T[], atMsOf: (one: T) => number) => [...list].sort((a, b) => atMsOf(a) - atMsOf(b));
    const calls = story.calls.filter(({ userId, anonymousId }) => (userId ? keys.has(knownKey(userId)) : keys.has(anonymousKey(anonymousId ?? ''))));
    return {
      person: id,
      events: calls.map((call) => (typeof call.event === 'string' ? call.event : call.type)),
      score: person?.scores.engagement ?? 0,
      segment: person?.segment,
      workflows: byTime(executions.filter(({ input }) => keys.has((JSON.parse(input) as { userKey: string }).userKey)), ({ startedAtMs }) => startedAtMs).map((execution) => ({
        campaign: (JSON.parse(execution.input) as { campaign: string }).campaign,
        status: execution.status,
        ...(execution.ended?.cause !== undefined && { cause: execution.ended.cause }),
        startedAt: iso(execution.startedAtMs),
        ...(execution.ended && { endedAt: iso(execution.ended.atMs) }),
        transitions: execution.transitions,
      })),
      emails: byTime(mails.filter(({ to }) => addressesOf(story, id).includes(to[0] ?? '')), ({ sentAtMs }) => sentAtMs).map((mail) => ({
        campaign: mail.tags.campaign ?? '',
        step: mail.tags.step ?? '',
        subject: mail.subject,
        sentAt: iso(mail.sentAtMs),
        opened: mail.openCount > 0,
        clicked: mail.clicked.length > 0,
        links: [...new Set(mail.links)],
      })),
    };
  });
}

export function addressesOf(story: Story, id: string): string[] {
  return story.calls.flatMap(({ userId, traits }) => (userId === id && typeof (traits as { email?: unknown } | undefined)?.email === 'string' ? [(traits as { email: string }).email] : []));
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
