import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

/** Examples that a shop can begin as. */
export const presets = ['bookstore', 'saas', 'content'] as const;
export type Preset = (typeof presets)[number];

export const help = `npm run init -- PRESET [options]

Writes a shop of your own: segue.config.ts, emails/, statemachines/ and events.jsonl, which are sample events to try it with. Asks for
what is not given. Does not touch a shop that is there.

  PRESET                 bookstore: carts, products, discounts, in English and German
                         saas: sign-ups, projects, plans; no products
                         content: articles, what was saved for later, subscriptions; no products
  --name NAME            shown as the sender, and at the top of emails and pages
  --address ADDRESS      emails come from here; to be verified in SES
  --postal-address TEXT  printed in the footer, as the law of most countries asks
  --site URL             where links lead, such as https://shop.example
  --force                replace the shop that is there: segue.config.ts, emails/, statemachines/ and events.jsonl are deleted first
  --help                 show this text`;

const flags = {
  name: { type: 'string' },
  address: { type: 'string' },
  'postal-address': { type: 'string' },
  site: { type: 'string' },
  force: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Sender {
  name: string;
  address: string;
  postalAddress: string;
  /** Without a slash at the end. */
  siteUrl: string;
}

/** What is asked for where no flag gives it. */
export const questions: Record<keyof Sender, { flag: string; question: string; check(text: string): string }> = {
  name: { flag: '--name', question: 'Name of the sender', check: (text) => oneLine(text, 'a name of 1 to 100 characters', 100) },
  address: {
    flag: '--address',
    question: 'Address that emails come from',
    check: (text) => (/^[^@\s"'<>\\]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text) ? text : refuse(text, 'an email address, such as hello@shop.example')),
  },
  postalAddress: { flag: '--postal-address', question: 'Postal address for the footer', check: (text) => oneLine(text, 'a postal address of 1 to 300 characters', 300) },
  siteUrl: { flag: '--site', question: 'Address of the site', check: siteIn },
};

export interface Options {
  preset: Preset;
  given: Partial<Sender>;
  force: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const [preset, extra] = positionals;
  if (preset === undefined) throw new UsageError(`a preset is missing; must be one of ${presets.join(', ')}; see --help`);
  if (!isPreset(preset)) throw new UsageError(`${JSON.stringify(preset)}: must be one of ${presets.join(', ')}`);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)}: one preset at a time; a value with spaces needs quotes`);
  const flagged: Record<keyof Sender, string | undefined> = { name: values.name, address: values.address, postalAddress: values['postal-address'], siteUrl: values.site };
  const given: Partial<Sender> = {};
  for (const field of Object.keys(questions) as (keyof Sender)[]) {
    const text = flagged[field];
    if (text !== undefined) given[field] = answerTo(field, text);
  }
  return { preset, given, force: values.force ?? false };
}

/** @throws UsageError */
export function answerTo(field: keyof Sender, text: string): string {
  const { flag, check } = questions[field];
  try {
    return check(text.trim());
  } catch (error) {
    throw new UsageError(`${flag} ${(error as Error).message}`);
  }
}

const isPreset = (text: string): text is Preset => (presets as readonly string[]).includes(text);

const refuse = (text: string, allowed: string): never => {
  throw new Error(`${JSON.stringify(text)}: must be ${allowed}`);
};

function oneLine(text: string, allowed: string, longest: number): string {
  return text === '' || text.length > longest || /\p{Cc}/u.test(text) ? refuse(text, allowed) : text;
}

function siteIn(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '') return refuse(text, 'an address that begins with https://, such as https://shop.example');
  return url.href.replace(/\/$/, '');
}
