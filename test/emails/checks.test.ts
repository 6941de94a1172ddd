import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompiledEmail } from '../../lambdas/schemas/email.ts';
import { checkEmail, htmlLimitBytes, optionalPaths } from '../../tools/email-checks.ts';
import { compileEmails } from '../../tools/email-compiler.ts';
import { unknownVariables } from '../../tools/email-variables.ts';
import { sampleOf } from './support.ts';

const check = (templates: Partial<CompiledEmail>, sample: unknown = sampleOf('abandoned-cart-offer')) =>
  checkEmail('note', { compiled: { subject: 'Hello', html: '<p>Hello</p>', text: 'Hello', ...templates }, sample });

describe('checkEmail', () => {
  it('finds nothing wrong with a plain email', () => {
    expect(check({})).toEqual([]);
  });

  it('finds a variable that does not exist, even in a branch that no sample takes', () => {
    expect(check({ text: '{% if items.size > 99 %}{{ person.lastName }}{% endif %}' })).toEqual([
      'note: text uses person.lastName, which the email data do not have',
    ]);
  });

  it('finds an optional field that is shown without asking whether it is there', () => {
    expect(check({ html: '{% for item in items %}{{ item.author }}{% endfor %}' })).toEqual([
      expect.stringContaining('the sample without items[].author'),
    ]);
    expect(check({ html: '{{ discount.code }}' })).toEqual([expect.stringContaining('the sample without discount')]);
    expect(check({ html: '{% if discount %}{{ discount.code }}{% endif %}' })).toEqual([]);
  });

  it('finds a sample that does not show everything, or is wrong', () => {
    const sample = sampleOf('abandoned-cart-offer');
    for (const item of sample.items) delete item.rating;
    expect(check({}, sample)).toEqual([expect.stringContaining('sample.json has no items[].rating')]);
    expect(check({}, { ...sample, locale: 7 })).toEqual([expect.stringContaining('sample.json: locale')]);
  });

  it('finds an email that Gmail would clip when the cart is overfull', () => {
    expect(check({ html: '{% for item in items %}{{ item.title }}{% endfor %}'.repeat(2) })).toEqual([
      expect.stringMatching(new RegExp(`overfull cart.* Gmail clips at ${htmlLimitBytes}`)),
    ]);
  });

  it('finds an empty subject', () => {
    expect(check({ subject: '{% if discount %}Offer{% endif %}' })).toEqual(['note: the sample without discount has an empty subject']);
  });

  it('knows the optional fields from the schema', () => {
    expect(optionalPaths()).toEqual([
      'person.firstName',
      'items[].author',
      'items[].price',
      'items[].currency',
      'items[].url',
      'items[].imageUrl',
      'items[].rating',
      'discount',
    ]);
  });
});

describe('unknownVariables', () => {
  it.each([
    ['{{ items[0].title }} {{ items.size }} {{ brand.name }}', []],
    ['{% for item in items %}{% for review in item.reviews %}{{ review.stars }}{{ review.star }}{% endfor %}{% endfor %}', ['review.star']],
    ['{% assign first = items[0] %}{{ first.title }}{{ first.titel }}', ['first.titel']],
    ['{{ item.title }}', ['item.title']],
    ['{% if discount.until > 3 %}{% endif %}', ['discount.until']],
  ])('in %s', (template, unknown) => {
    expect(unknownVariables(template)).toEqual(unknown);
  });
});

describe('compileEmails', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'emails-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function write(mjml: string, files: Record<string, string> = { 'subject.liquid': 'S', 'text.liquid': 'T', 'sample.json': '{}' }) {
    mkdirSync(join(directory, 'note'));
    mkdirSync(join(directory, '_shared'));
    writeFileSync(join(directory, '_shared/part.mjml'), '<mj-section><mj-column><mj-text>Shared</mj-text></mj-column></mj-section>');
    for (const [file, text] of Object.entries({ 'email.mjml': mjml, ...files })) writeFileSync(join(directory, 'note', file), text);
  }
  const page = (body: string) => `<mjml><mj-body>${body}</mj-body></mjml>`;

  it('compiles each folder, and takes shared parts from folders that start with _', async () => {
    write(page('<mj-include path="../_shared/part.mjml" />'));
    const sources = await compileEmails(directory);
    expect(Object.keys(sources)).toEqual(['note']);
    expect(sources.note?.compiled).toMatchObject({ subject: 'S', text: 'T', html: expect.stringContaining('>Shared<') });
  });

  it.each([
    ['an unknown tag', page('<mj-sektion></mj-sektion>'), /email note: .*mj-sektion/s],
    ['an unknown attribute', page('<mj-section colour="red"></mj-section>'), /email note: .*colour/s],
    ['a missing part', page('<mj-include path="../_shared/none.mjml" />'), /email note: mj-include at note\/email\.mjml:1 /],
    ['a part outside of the folder', page('<mj-include path="../../package.json" />'), /email note: mj-include at note\/email\.mjml:1 /],
  ])('refuses %s', async (_what, mjml, message) => {
    write(mjml);
    await expect(compileEmails(directory)).rejects.toThrow(message);
  });

  it('names the email and the file that is missing', async () => {
    write(page(''), { 'subject.liquid': 'S', 'text.liquid': 'T' });
    await expect(compileEmails(directory)).rejects.toThrow(/email note: .*sample\.json/);
  });
});
