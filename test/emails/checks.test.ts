import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompiledEmail } from '../../lambdas/schemas/email.ts';
import { checkEmail, htmlLimitBytes, lackingPaths } from '../../tools/emails/checks.ts';
import { compiledText, compileEmails } from '../../tools/emails/compiler.ts';
import { unknownVariables, usedPaths } from '../../tools/emails/variables.ts';
import { sampleOf } from './support.ts';

const check = (templates: Partial<CompiledEmail>, sample: unknown = sampleOf('abandoned-cart-offer')) =>
  checkEmail('note', { compiled: { subject: 'Hello', html: '<p>Hello</p>', text: 'Hello', ...templates }, sample });

describe('checkEmail', () => {
  it('finds nothing wrong with a plain email', () => {
    expect(check({})).toEqual([]);
  });

  it('finds a variable that does not exist, even in a branch that no sample takes', () => {
    expect(check({ text: '{% if items.size > 99 %}{{ person.lastName }}{% endif %}' })).toEqual([
      'note: text uses person.lastName, which is none of the traits that the config declares (none yet)',
    ]);
  });

  it('finds an optional field that is shown without asking whether it is there', () => {
    expect(check({ html: '{% for item in items %}{{ item.author }}{% endfor %}' })).toEqual([
      expect.stringContaining('the sample without items[].author'),
    ]);
    expect(check({ html: '{{ discount.code }}' })).toEqual([expect.stringContaining('the sample without discount')]);
    expect(check({ html: '{% if discount %}{{ discount.code }}{% endif %}' })).toEqual([]);
  });

  it('finds a sample that does not show all that the email uses, or is wrong', () => {
    const sample = sampleOf('abandoned-cart-offer');
    for (const item of sample.items) delete item.rating;
    const rating = '{% for item in items %}{% if item.rating %}{{ item.rating }}{% endif %}{% endfor %}';
    expect(check({ text: rating }, sample)).toEqual([
      'note: sample.json has no items[].rating; a sample shows once everything that the email uses',
    ]);
    expect(check({ locales: { de: { subject: 'S', html: rating, text: 'T' } } }, sample)).toHaveLength(1);
    expect(check({}, sample)).toEqual([]);
    for (const item of sample.items) delete item.currency;
    expect(check({ text: '{% for item in items %}{% if item.price %}{{ item | money }}{% endif %}{% endfor %}' }, sample)).toContain(
      'note: sample.json has no items[].currency; a sample shows once everything that the email uses',
    );
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

  it('checks every language, and names it', () => {
    const texts = { subject: 'Hallo', html: '<p>Hallo</p>', text: 'Hallo' };
    expect(check({ locales: { de: { ...texts, html: '<p>{{ person.name }}</p>' } } })).toEqual([
      'note (de): html uses person.name, which is none of the traits that the config declares (none yet)',
    ]);
    expect(check({ locales: { de: { ...texts, text: '{{ discount.code }}' } } })).toEqual([
      expect.stringMatching(/^note \(de\): the sample without discount: /),
    ]);
    expect(check({ locales: { de: { ...texts, subject: '{% if items.size > 0 %}Hallo{% endif %}' } } })).toEqual([
      'note (de): the sample without items has an empty subject',
    ]);
  });

  it('finds what does not bear that there are no products', () => {
    expect(check({ text: '{{ items[0].title }}' })).toEqual([expect.stringContaining('note: the sample without items: ')]);
  });

  it('does without products in a sample of an email that shows none', () => {
    expect(check({}, { ...sampleOf('abandoned-cart-offer'), items: [] })).toEqual([]);
  });

  it('knows from the schema what may be missing', () => {
    expect(lackingPaths()).toEqual([
      'items',
      'brand.logo',
      'person.firstName',
      'items[].author',
      'items[].price',
      'items[].currency',
      'items[].url',
      'items[].imageUrl',
      'items[].rating',
      'discount',
      'links.survey',
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

describe('usedPaths', () => {
  it.each([
    ['{% for item in items %}{{ item.author }}{% endfor %}', ['items', 'items[].author']],
    ['{{ items[0] | money: discount.percent }}', ['discount.percent', 'items[]']],
    [`{% assign because = 'you like "books"' %}{{ because }} {{ brand.name }}`, ['brand.name']],
  ])('in %s', (template, paths) => {
    expect(usedPaths(template)).toEqual(paths);
    expect(unknownVariables(template)).toEqual([]);
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
    ['an unknown tag', page('<mj-sektion></mj-sektion>'), /note\/email\.mjml: .*mj-sektion/],
    ['an unknown attribute', page('<mj-section colour="red"></mj-section>'), /note\/email\.mjml: .*colour/],
    ['a missing part', page('<mj-include path="../_shared/none.mjml" />'), /note\/email\.mjml: mj-include at note\/email\.mjml:1 /],
    ['a part outside of the folder', page('<mj-include path="../../package.json" />'), /note\/email\.mjml: mj-include at note\/email\.mjml:1 /],
  ])('refuses %s', async (_what, mjml, message) => {
    write(mjml);
    await expect(compileEmails(directory)).rejects.toThrow(message);
  });

  it('names the email and the file that is missing', async () => {
    write(page(''), { 'subject.liquid': 'S', 'text.liquid': 'T' });
    await expect(compileEmails(directory)).rejects.toThrow(/note\/sample\.json: there is no such file$/);
  });

  it.each([
    ['email.mjml', page('<mj-section><mj-section></mj-section></mj-section>'), /note\/email\.mjml: .*mj-section cannot be used inside mj-section/],
    ['sample.json', '{', /note\/sample\.json: .*JSON/],
  ])('says in one line what is wrong with %s', async (file, text, message) => {
    write(page(''), { 'subject.liquid': 'S', 'text.liquid': 'T', 'sample.json': '{}', [file]: text });
    const problem = await compileEmails(directory).then(() => '', (error: Error) => error.message);
    expect(problem).toMatch(message);
    expect(problem.split('\n')).toHaveLength(1);
  });

  it.each([
    ['subject', '{{ person.firstName | }', /^note\/subject\.de\.liquid: .*line:1, col:\d+$/],
    ['text', 'Hello\n{% if %}', /^note\/text\.de\.liquid: .*line:2, col:\d+$/],
    ['html', '<p>{% if person.firstName %}</p>', /^note\/email\.de\.mjml: tag .* not closed/],
  ])('says in one line where the Liquid of the %s does not parse', (part, template, message) => {
    const own = { subject: 'S', html: '<p></p>', text: 'T' };
    expect(checkEmail('note', { compiled: { ...own, locales: { de: { ...own, [part]: template } }, sourceHash: '' }, sample: {} })).toEqual([expect.stringMatching(message)]);
  });

  it('takes each language from the files that are named after it', async () => {
    const files = { 'email.pt-br.mjml': page(''), 'subject.pt-br.liquid': 'Olá', 'text.pt-br.liquid': 'T', 'email.de.mjml': page(''), 'subject.de.liquid': 'Hallo', 'text.de.liquid': 'T' };
    write(page(''), { 'subject.liquid': 'S', 'text.liquid': 'T', 'sample.json': '{}', ...files });
    const sources = await compileEmails(directory);
    expect(Object.entries(sources.note?.compiled.locales ?? {}).map(([locale, { subject }]) => [locale, subject])).toEqual([
      ['de', 'Hallo'],
      ['pt-br', 'Olá'],
    ]);
    expect(compiledText(sources)).toBe(compiledText(await compileEmails(directory)));
  });

  it.each([
    [['subject.de.liquid'], /note: the language de has no email\.de\.mjml and no text\.de\.liquid$/],
    [['subject.de.liquid', 'text.de.liquid'], /note: the language de has no email\.de\.mjml$/],
    [['subject.DE.liquid'], /note: "DE" in a file's name must be a language in lower case/],
    [['text.draft_2.liquid'], /note: "draft_2" in a file's name must be a language/],
  ])('refuses a language of %j alone', async (files, message) => {
    const all = { 'subject.liquid': 'S', 'text.liquid': 'T', 'sample.json': '{}', ...Object.fromEntries(files.map((file) => [file, 'x'])) };
    write(page(''), all);
    await expect(compileEmails(directory)).rejects.toThrow(message);
  });
});
