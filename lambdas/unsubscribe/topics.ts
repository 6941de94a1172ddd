import { everything } from '../domain/profile/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';

/** A topic as the preference page shows it. */
export interface Topic {
  name: string;
  title: string;
  description?: string;
  /** Only transactional campaigns use it: leaving everything ends it, leaving the topic would change nothing. */
  always: boolean;
}

/** Topics of the config in its order, then those that only campaigns name, then the one of the link, which may be of an older config. */
export function topicsOf({ topics, campaigns }: Pick<Config, 'topics' | 'campaigns'>, ofLink: string, language: string): Topic[] {
  const used = Object.values(campaigns);
  const names = new Set([...Object.keys(topics), ...used.map(({ topic }) => topic), ...(ofLink === everything ? [] : [ofLink])]);
  return [...names].map((name) => {
    const known = Object.hasOwn(topics, name) ? topics[name] : undefined;
    const { title = titleOf(name), description } = known?.locales[language] ?? known ?? {};
    const own = used.filter(({ topic }) => topic === name);
    return { name, title, ...(description !== undefined && { description }), always: own.length > 0 && own.every(({ transactional }) => transactional) };
  });
}

function titleOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
