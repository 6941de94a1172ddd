import { everything, hasLeft, type Decisions } from '../domain/profile/unsubscribed.ts';
import type { Topic } from './topics.ts';

/** How the person stands to each topic. */
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

/** @param known what the control table and the profile know; either may be behind the other */
export function standingOf(topics: readonly Topic[], known: readonly Decisions[]): Subscriptions {
  return { topics, stopped: hasLeft(known, everything), left: new Set(topics.map(({ name }) => name).filter((name) => hasLeft(known, name))) };
}

/** Topics that the person gets. */
export const gets = ({ topics, stopped, left }: Subscriptions): Topic[] => topics.filter(({ name, always }) => !stopped && (always || !left.has(name)));

/**
 * What a form asks for. Whatever is no form of the page is the one click of a mail program (RFC 8058), which leaves the
 * topic of the link.
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
      // Only what the page has shown was chosen: a topic that is newer than the page stays as it is.
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
  // Who stopped everything and wants none of it has nothing to change, and stays out of topics to come.
  if (stopped && wants.length === 0) return { leaves: [], returnsTo: [] };
  return {
    leaves: names.filter((name) => !wanted.has(name) && !left.has(name)),
    returnsTo: [...wants.filter((name) => left.has(name)), ...(stopped ? [everything] : [])],
  };
}

/** The standing after a change, as it is shown at once. */
export function afterChange(standing: Subscriptions, { leaves, returnsTo }: Change): Subscriptions {
  const left = new Set([...standing.left, ...leaves].filter((name) => !returnsTo.includes(name)));
  const stopped = leaves.includes(everything) || (standing.stopped && !returnsTo.includes(everything));
  return { ...standing, stopped, left };
}
