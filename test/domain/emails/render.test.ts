import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRenderer, EmailNotFound, RenderFailed } from '../../../lambdas/domain/emails/render.ts';
import type { CompiledEmail, EmailData } from '../../../lambdas/schemas/email.ts';

const data: EmailData = {
  brand: { name: 'Lantern Books', siteUrl: 'https://shop.example', postalAddress: '12 Harbour Street' },
  person: {},
  items: [{ productId: 'emma', title: 'Emma', reviews: [] }],
  locale: 'en-GB',
  timeZone: 'Europe/Berlin',
  links: { unsubscribe: 'https://shop.example/u/t', cart: 'https://shop.example/cart', site: 'https://shop.example/' },
};

const titled = (title: string): EmailData => ({ ...data, items: [{ productId: 'x', title, reviews: [] }] });

const render = (templates: Partial<CompiledEmail>, with_: EmailData = data) =>
  createRenderer({ note: { subject: 'Hello', html: '<p>Hello</p>', text: 'Hello', ...templates } }).render('note', with_);

describe('render', () => {
  it('fills subject, HTML and text', () => {
    const template = 'Your {{ items[0].title }}';
    expect(render({ subject: template, html: `<p>${template}</p>`, text: template })).toEqual({
      subject: 'Your Emma',
      html: '<p>Your Emma</p>',
      text: 'Your Emma\n',
    });
  });

  it('names the emails that there are when asked for another', () => {
    const renderer = createRenderer({ note: { subject: '', html: '', text: '' } });
    expect(() => renderer.render('nota', data)).toThrow(new EmailNotFound('nota', ['note']));
    expect(() => renderer.render('constructor', data)).toThrow(EmailNotFound);
  });

  it('refuses to leave a hole where a value is missing', () => {
    expect(() => render({ html: 'Dear {{ person.firstName }}' })).toThrow(RenderFailed);
    expect(render({ html: '{% if person.firstName %}Dear{% else %}Hello{% endif %}' }).html).toBe('Hello');
  });

  it('says where the data do not fit, without the value', () => {
    const wrong = { ...data, items: [{ productId: 'x', title: 'Emma', url: 'javascript:alert(1)', reviews: [] }] };
    const attempt = () => render({}, wrong);
    expect(attempt).toThrow(RenderFailed);
    expect(attempt).toThrow(/items\.0\.url/);
    expect(attempt).not.toThrow(/alert/);
  });

  it('never takes text of the data for a template', () => {
    expect(
      render({ html: '{{ items[0].title }}', subject: '{{ items[0].title }}' }, titled('{{ 7 | times: 7 }}{% if true %}yes{% endif %}')),
    ).toMatchObject({
      html: '{{ 7 | times: 7 }}{% if true %}yes{% endif %}',
      subject: '{{ 7 | times: 7 }}{% if true %}yes{% endif %}',
    });
  });

  it('escapes in HTML, and neither in the subject nor in the text', () => {
    const title = `<script>"O'Neill" & Sons</script>`;
    const template = '{{ items[0].title }}';
    expect(render({ subject: template, html: template, text: template }, titled(title))).toEqual({
      subject: title,
      html: '&lt;script&gt;&#34;O&#39;Neill&#34; &amp; Sons&lt;/script&gt;',
      text: `${title}\n`,
    });
  });

  it('keeps the markup of the template, whatever the data say', () => {
    const html = '<a href="{{ links.cart }}" title="{{ items[0].title }}">{{ items[0].title | clip: 20 }}</a>';
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (title) => {
        const rendered = render({ html }, titled(title)).html;
        expect(rendered.match(/[<>"]/g)?.join('')).toBe('<""""><>');
      }),
    );
  });

  it('keeps the subject and each text of the data on one line, so that no header can be added', () => {
    const hostile = 'Emma\r\nBcc: all@shop.example\u2028now\u0000';
    expect(render({ subject: '{{ items[0].title }}\n' }, titled(hostile)).subject).toBe('Emma Bcc: all@shop.example now');
    expect(render({ text: '* {{ items[0].title }}\nend' }, titled(hostile)).text).toBe('* Emma Bcc: all@shop.example now\nend\n');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (title) => {
        expect(render({ subject: 'a {{ items[0].title }}\nb' }, titled(title)).subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      }),
    );
  });

  it('drops blank lines and trailing blanks that tags leave in the text', () => {
    expect(render({ text: '\nOne  \n{% if person.firstName %}x{% endif %}\n\n\n\nTwo' }).text).toBe('One\n\nTwo\n');
  });

  it.each([
    ['unescaped output', '{{ items[0].title | raw }}'],
    ['a clock', '{{ "now" | date: "%Y" }}'],
    ['chance', '{{ items | sample }}'],
    ['an unknown filter', '{{ items[0].title | shout }}'],
    ['a file', "{% include 'package.json' %}"],
    ['an inherited property', '{{ items[0].constructor }}'],
    ['memory without end', '{% for a in (1..6000000) %}{% break %}{% endfor %}'],
    ['length without end', 'x'.repeat(500_001)],
    ['broken Liquid', '{% if %}'],
  ])('gives templates no %s', (_what, html) => {
    expect(() => render({ html })).toThrow(RenderFailed);
  });

  it('stops a template that takes too long', () => {
    const ten = '{% assign ten = "a,b,c,d,e,f,g,h,i,j" | split: "," %}';
    const html = `${ten}${'{% for a in ten %}'.repeat(7)}x${'{% endfor %}'.repeat(7)}`;
    expect(() => render({ html })).toThrow(/render limit/);
  });

  it('drops characters that reverse the text around them, and mends broken ones', () => {
    expect(render({ subject: '{{ items[0].title }}' }, titled('Emma \u202egnp.exe\u2066')).subject).toBe('Emma gnp.exe');
    expect(render({ text: '{{ items[0].title }}' }, titled('\ud800Emma')).text).toBe('\ufffdEmma\n');
  });

  it('renders the same email again for other data', () => {
    const renderer = createRenderer({ note: { subject: '{{ items[0].title }}', html: '', text: '' } });
    expect(renderer.render('note', titled('Emma')).subject).toBe('Emma');
    expect(renderer.render('note', titled('Persuasion')).subject).toBe('Persuasion');
  });

  describe('in the language of the person', () => {
    const texts = (subject: string) => ({ subject, html: '', text: '' });
    const email = { ...texts('Hello'), locales: { de: texts('Hallo'), 'de-ch': texts('Grüezi'), 'pt-br': texts('Olá') } };
    const renderer = createRenderer({ note: email });

    it.each([
      ['de', 'Hallo'],
      ['de-AT', 'Hallo'],
      ['de_DE', 'Hallo'],
      ['DE-ch', 'Grüezi'],
      ['pt-BR', 'Olá'],
      ['pt', 'Hello'],
      ['pt-PT', 'Hello'],
      ['fr-FR', 'Hello'],
      ['not a locale', 'Hello'],
      ['', 'Hello'],
      ['constructor', 'Hello'],
    ])('for %j says %s', (locale, subject) => {
      expect(renderer.render('note', { ...data, locale }).subject).toBe(subject);
    });
  });

  it('bears that there are no products', () => {
    expect(render({ text: '{% for item in items %}x{% endfor %}{{ items.size }}' }, { ...data, items: [] }).text).toBe('0\n');
  });
});
