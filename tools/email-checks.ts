import * as z from 'zod/mini';
import { createRenderer, type Renderer } from '../lambdas/domain/render.ts';
import { emailData, type EmailData } from '../lambdas/schemas/email.ts';
import type { EmailSource } from './email-compiler.ts';
import { knownVariables, unknownVariables } from './email-variables.ts';

/** Gmail hides what comes after 102 KB, and the unsubscribe link is at the end. */
export const htmlLimitBytes = 102 * 1024;

/**
 * What is wrong with an email, one line each: variables that do not exist, an incomplete sample, a template that
 * does not bear a missing optional field or an overfull cart, HTML that Gmail would clip.
 */
export function checkEmail(name: string, source: EmailSource): string[] {
  const unknown = Object.entries(source.compiled).flatMap(([part, template]: [string, string]) =>
    unknownVariables(template).map((variable) => `${name}: ${part} uses ${variable}, which the email data do not have`),
  );
  if (unknown.length > 0) return unknown;

  const parsed = z.safeParse(emailData, source.sample);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${name}: sample.json: ${issue.path.join('.')}: ${issue.message}`);
  const sample = parsed.data;
  const renderer = createRenderer({ [name]: source.compiled });
  const missing = knownVariables()
    .filter((variable) => !isPresent(sample, variable.path))
    .map((variable) => `${name}: sample.json has no ${variable.path}; a sample shows everything once`);
  return [
    ...missing,
    ...problemsOf(renderer, name, sample, 'the sample'),
    ...optionalPaths().flatMap((path) => problemsOf(renderer, name, without(sample, path), `the sample without ${path}`)),
    ...problemsOf(renderer, name, overfull(sample), 'an overfull cart of long titles'),
  ];
}

export const optionalPaths = (): string[] =>
  knownVariables()
    .filter((variable) => variable.optional)
    .map((variable) => variable.path);

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

/** The data without the field at `path`, in every element of a list that the path goes through. */
export function without(data: EmailData, path: string): EmailData {
  const copy = structuredClone(data);
  const names = path.split('.');
  const last = names.pop() as string;
  for (const parent of valuesAt(copy, names)) delete (parent as Record<string, unknown>)[last];
  return copy;
}

function overfull(sample: EmailData): EmailData {
  const long = 'A Very Long Title, or "So & So" <On and On> '.repeat(20);
  const item = { ...(sample.items[0] as EmailData['items'][number]), title: long, author: long };
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
