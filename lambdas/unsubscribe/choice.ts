import { everything, hasLeft, type Decisions } from '../domain/profile/unsubscribed.ts';
import type { ReturnClaim } from '../domain/links/return-link.ts';
import type { Topic } from './topics.ts';

/** Which topics the person has left. */
export interface Subscriptions {
  topics: readonly Topic[];
  /** Has left everything. */
  stopped: boolean;
  /** Topics that were left one by one. */
  left: ReadonlySet<string>;
}

/** What a choice on the page, or the one click of a mail program, changes. */
export interface Change {
  kind: 'left' | 'stopped' | 'returned' | 'saved';
  leaves: string[];
  returnsTo: string[];
}

/**
 * @param known the person's decisions in the control table and in the profile; either may be newer
 * @param ofInbox what was decided for the address, by whoever has it
 */
export function standingOf(topics: readonly Topic[], known: readonly Decisions[], ofInbox: Decisions = { unsubscribedAtMs: {}, resubscribedAtMs: {} }): Subscriptions {
  const isOut = (topic: string) => hasLeft(known, topic) || hasLeft(ofInbox, topic);
  return { topics, stopped: isOut(everything), left: new Set(topics.map(({ name }) => name).filter(isOut)) };
}

/** Topics that the person gets. */
export const gets = ({ topics, stopped, left }: Subscriptions): Topic[] => topics.filter(({ name, always }) => !stopped && (always || !left.has(name)));

/**
 * The change that a form asks for. A body that is not a form of the page is taken for the one click of a mail program (RFC 8058), which
 * leaves the topic of the link.
 */
export function changeFor(form: URLSearchParams, ofLink: string, standing: Subscriptions): Change {
  switch (form.get('do') ?? 'leave') {
    case 'stop':
      return { kind: 'stopped', leaves: [everything], returnsTo: [] };
    case 'return':
      return { kind: 'returned', ...towards(new Set([...gets(standing).map(({ name }) => name), ofLink]), standing) };
    case 'resume':
      return { kind: 'saved', leaves: choosable(standing).filter((name) => !standing.left.has(name)), returnsTo: standing.stopped ? [everything] : [] };
    case 'save': {
      // Only topics that were on the page can have been chosen; a topic that was added since stays as it is.
      const shown = new Set(form.getAll('shown'));
      return { kind: 'saved', ...towards(new Set(form.getAll('topic')), { ...standing, topics: standing.topics.filter(({ name }) => shown.has(name)) }) };
    }
    default:
      return { kind: 'left', leaves: [ofLink], returnsTo: [] };
  }
}

const choosable = ({ topics }: Subscriptions): string[] => topics.filter(({ always }) => !always).map(({ name }) => name);

function towards(wanted: ReadonlySet<string>, standing: Subscriptions): Pick<Change, 'leaves' | 'returnsTo'> {
  const { stopped, left } = standing;
  const names = choosable(standing);
  const wants = names.filter((name) => wanted.has(name));
  // A person who stopped everything and chooses nothing stays unsubscribed from everything, future topics included.
  if (stopped && wants.length === 0) return { leaves: [], returnsTo: [] };
  return {
    leaves: names.filter((name) => !wanted.has(name) && !left.has(name)),
    returnsTo: [...wants.filter((name) => left.has(name)), ...(stopped ? [everything] : [])],
  };
}

/** The topics of a confirmation that the person has not left again since they asked. */
export function returnsSince({ topics, askedAtMs }: Pick<ReturnClaim, 'topics' | 'askedAtMs'>, known: readonly Decisions[]): string[] {
  return topics.filter((topic) => !hasLeft([...known, { unsubscribedAtMs: {}, resubscribedAtMs: { [topic]: askedAtMs } }], topic));
}

/** The subscriptions after a change, shown at once. */
export function afterChange(standing: Subscriptions, { leaves, returnsTo }: Change): Subscriptions {
  const left = new Set([...standing.left, ...leaves].filter((name) => !returnsTo.includes(name)));
  const stopped = leaves.includes(everything) || (standing.stopped && !returnsTo.includes(everything));
  return { ...standing, stopped, left };
}
