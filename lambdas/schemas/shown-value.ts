import * as z from 'zod/mini';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** A trait of the person, or a property of the event that starts a campaign, that emails may show. */
export const shownValue = z.strictObject({
  /** `url` must lead to one of `sender.linkHosts`; only it may stand in a link. */
  type: z.enum(['text', 'number', 'boolean', 'url']),
  /** Shown where the value is missing or of another type. Without a default, every email must do without the value as well. */
  default: z.optional(scalar),
  /** What previews and checks show. */
  sample: scalar,
});
export type ShownValue = z.infer<typeof shownValue>;

/** As Liquid writes a variable. */
export const shownName = z.string().check(z.regex(/^[a-zA-Z][a-zA-Z0-9_]{0,59}$/, 'letters, digits and _, at most 60, starting with a letter'));

/** Defaults and samples that are not of the type that they are declared with, one line each. */
export function shownValueProblems(path: string, values: Readonly<Record<string, ShownValue>>): string[] {
  return Object.entries(values).flatMap(([name, { type, ...given }]) =>
    (['default', 'sample'] as const).flatMap((field) => {
      const value = given[field];
      return value === undefined || fits[type](value) ? [] : [`${path}.${name}.${field}: ${JSON.stringify(value)}: must be a ${names[type]}, as its type says`];
    }),
  );
}

const names = { text: 'text', number: 'number', boolean: 'true or false', url: 'link that begins with https://' };
const fits: Record<ShownValue['type'], (value: string | number | boolean) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  url: (value) => typeof value === 'string' && URL.parse(value)?.protocol === 'https:',
};
