import * as z from 'zod/mini';
import { createRenderer, type Renderer } from '../../lambdas/domain/emails/render.ts';
import { emailData, type CompiledTexts, type EmailData } from '../../lambdas/schemas/email.ts';
import { createLiquid } from '../../lambdas/domain/emails/liquid.ts';
import { filesOf, type EmailSource } from './compiler.ts';
import { misplacedValues } from './misplaced-values.ts';
import { filledSample, type EmailContext } from './sources.ts';
import { knownVariables, plainContext, unknownVariables, usedPaths } from './variables.ts';

/** Gmail hides what comes after 102 KB, and the unsubscribe link is at the end. */
export const htmlLimitBytes = 102 * 1024;

/**
 * What is wrong with an email in any of its languages, one line each: Liquid that does not parse, variables that do not exist, an incomplete sample, a
 * template that does not bear a missing optional field, no products or too many, HTML that Gmail would clip.
 */
export function checkEmail(name: string, source: EmailSource, context: EmailContext = plainContext): string[] {
  const { locales = {}, sourceHash: _sourceHash, ...own } = source.compiled;
  const languages = Object.entries({ '': own, ...locales });
  const unparsed = languages.flatMap(([locale, texts]) =>
    Object.entries(texts).flatMap(([part, template]: [string, string]) => liquidProblems(template).map((problem) => `${name}/${filesOf(locale)[part as keyof CompiledTexts]}: ${problem}`)),
  );
  if (unparsed.length > 0) return unparsed;

  const unknown = languages.flatMap(([locale, texts]) =>
    Object.entries(texts).flatMap(([part, template]: [string, string]) =>
      unknownVariables(template, context).map((path) => `${titleOf(name, locale)}: ${part} uses ${path}, ${unknownReason(path, context)}`),
    ),
  );
  if (unknown.length > 0) return unknown;

  const misplaced = languages.flatMap(([locale, { html }]) => misplacedValues(html, context).map((problem) => `${titleOf(name, locale)}: ${problem}`));
  if (misplaced.length > 0) return misplaced;

  const parsed = z.safeParse(emailData, filledSample(source.sample, context));
  if (!parsed.success) return parsed.error.issues.map((issue) => `${name}: sample.json: ${issue.path.join('.')}: ${issue.message}`);
  const sample = parsed.data;
  const used = languages.flatMap(([, texts]) => Object.values(texts).flatMap((template: string) => usedPaths(template)));
  const missing = knownVariables(context)
    .filter(({ path }) => !path.startsWith('brand.logo') && used.some((use) => covers(use, path)) && !isPresent(sample, path))
    .map(({ path }) => `${name}: sample.json has no ${path}; a sample shows once everything that the email uses`);
  return [...missing, ...languages.flatMap(([locale, texts]) => problemsIn(titleOf(name, locale), texts, inLanguage(sample, locale), context))];
}

function liquidProblems(template: string): string[] {
  try {
    createLiquid('plain').parse(template);
    return [];
  } catch (error) {
    return [(error as Error).message.split('\n')[0] as string];
  }
}

/** Whether a template that uses one path shows the other: what it is part of, or a plain field of what a filter takes whole. */
function covers(use: string, path: string): boolean {
  if (use === path || use.startsWith(`${path}.`) || use.startsWith(`${path}[]`)) return true;
  return path.startsWith(`${use}.`) && !path.slice(use.length + 1).includes('[]');
}

function unknownReason(path: string, { person, entry, hasProducts }: EmailContext): string {
  const names = (values: object) => Object.keys(values).join(', ') || 'none yet';
  if (path.startsWith('person.')) return `which is none of the traits that the config declares (${names(person)})`;
  if (path.startsWith('entry.')) return `which is none of the entryProperties of the campaign (${names(entry)})`;
  if (!hasProducts && /^(items|item|links\.cart)\b/.test(path)) return 'which there is only where the config has products';
  return 'which the email data do not have';
}

const titleOf = (name: string, locale: string): string => (locale === '' ? name : `${name} (${locale})`);

function problemsIn(name: string, texts: CompiledTexts, sample: EmailData, context: EmailContext): string[] {
  // A busy machine must not make a good email look wrong.
  const renderer = createRenderer({ [name]: texts }, 60_000);
  return [
    ...problemsOf(renderer, name, sample, 'the sample'),
    ...lackingPaths(context).flatMap((path) => problemsOf(renderer, name, without(sample, path), `the sample without ${path}`)),
    ...(context.hasProducts ? problemsOf(renderer, name, overfull(sample), 'an overfull cart of long titles') : []),
  ];
}

/** Fields without which every email must still render: all optional ones, and products. */
export const lackingPaths = (context: EmailContext = plainContext): string[] => [
  ...(context.hasProducts ? ['items'] : []),
  ...knownVariables(context)
    .filter((variable) => variable.optional)
    .map((variable) => variable.path),
];

function problemsOf(renderer: Renderer, name: string, data: EmailData, what: string): string[] {
  try {
    const { subject, html } = renderer.render(name, data);
    const bytes = Buffer.byteLength(html);
    return [
      ...(subject === '' ? [`${name}: ${what} has an empty subject`] : []),
      ...(bytes > htmlLimitBytes ? [`${name}: ${what} gives ${bytes} bytes of HTML; Gmail clips at ${htmlLimitBytes}`] : []),
    ];
  } catch (error) {
    return [`${name}: ${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A sample as for a person of that language; `''` leaves it as it is. */
export const inLanguage = (sample: EmailData, locale: string): EmailData => (locale === '' ? sample : { ...sample, locale });

/** The data without the field at `path`, in every element of a list that the path goes through. `items` stay, but empty. */
export function without(data: EmailData, path: string): EmailData {
  if (path === 'items') return { ...data, items: [] };
  const copy = structuredClone(data);
  const names = path.split('.');
  const last = names.pop() as string;
  for (const parent of valuesAt(copy, names)) delete (parent as Record<string, unknown>)[last];
  return copy;
}

function overfull(sample: EmailData): EmailData {
  const long = 'A Very Long Title, or "So & So" <On and On> '.repeat(20);
  const item = { productId: 'long', ...sample.items[0], title: long, author: long };
  return {
    ...sample,
    items: Array.from({ length: 60 }, () => ({
      ...item,
      reviews: Array.from({ length: 20 }, () => ({ author: long, stars: 4, text: long })),
    })),
  };
}

const isPresent = (data: EmailData, path: string): boolean => valuesAt(data, path.split('.')).some((value) => value !== undefined);

function valuesAt(data: unknown, names: readonly string[]): unknown[] {
  return names.reduce<unknown[]>(
    (values, name) =>
      values.flatMap((value) => {
        const inner = (value as Record<string, unknown> | undefined)?.[name.replace(/\[\]$/, '')];
        return name.endsWith('[]') ? ((inner as unknown[] | undefined) ?? []) : [inner];
      }),
    [data],
  );
}
