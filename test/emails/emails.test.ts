import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../lambdas/domain/emails/render.ts';
import type { CompiledEmails, EmailData } from '../../lambdas/schemas/email.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { checkEmail } from '../../tools/emails/checks.ts';
import { compiledText, compileEmails } from '../../tools/emails/compiler.ts';
import { bookOf, emailsDir, sampleOf, visibleText } from './support.ts';

const committed = readFileSync(join(emailsDir, 'compiled.json'), 'utf8');
const compiled = JSON.parse(committed) as CompiledEmails;
const renderer = createRenderer(compiled);
const names = Object.keys(compiled);

function render(email: string, change: (data: EmailData) => void = () => {}) {
  const data = sampleOf(email);
  change(data);
  return renderer.render(email, data);
}

/** Every email in every language that it is written in. */
const versions = names.flatMap((name) => ['en', ...Object.keys(compiled[name]?.locales ?? {})].map((language) => [name, language] as const));
const cartEmails = ['abandoned-cart-offer', 'abandoned-cart-offer-bold', 'abandoned-cart-reminder'];
const preheaderOf = (html: string) => /<div style="display:none[^>]*>([^<]+)<\/div>/.exec(html)?.[1]?.trim().replace(/\s+/g, ' ');

describe('the compiled emails', () => {
  it('are what the sources compile to, and pass every check', async () => {
    const sources = await compileEmails(emailsDir, config.brand);
    expect(compiledText(sources)).toBe(committed);
    expect(Object.entries(sources).flatMap(([name, source]) => checkEmail(name, source))).toEqual([]);
  });

  it('are what the campaigns send', () => {
    const sent = Object.values(config.campaigns).flatMap(({ steps, variants = {} }) => [
      ...Object.values(steps).map(({ email }) => email),
      ...Object.values(variants).flatMap((variant) => Object.values(variant.steps).flatMap(({ email }) => email ?? [])),
    ]);
    expect([...new Set(sent)].sort()).toEqual(names);
  });
});

describe.each(versions)('%s in %s', (name, language) => {
  const inLanguage = (change: (data: EmailData) => void = () => {}) =>
    render(name, (data) => {
      data.locale = language;
      change(data);
    });
  const isGerman = language === 'de';

  it('says who writes, and lets the person unsubscribe by a link that SES does not rewrite', () => {
    const { html, text } = inLanguage();
    const label = isGerman ? 'Abmelden oder auswählen, was Sie bekommen' : 'Unsubscribe, or choose what you get';
    expect(html).toContain(`<a ses:no-track href="https://api.lanternbooks.example/u/sample-token">${label}</a>`);
    expect(text).toContain(`${label}: https://api.lanternbooks.example/u/sample-token`);
    for (const shown of [visibleText(html), text]) expect(shown).toContain('Lantern Books, 12 Harbour Street, 20457 Hamburg, Germany');
  });

  it('greets by name if there is one', () => {
    const greeting = isGerman ? 'Guten Tag Ines, ' : 'Dear Ines, ';
    const nameless = inLanguage((data) => delete data.person.firstName);
    for (const part of ['html', 'text'] as const) {
      expect(visibleText(inLanguage()[part])).toContain(greeting);
      expect(visibleText(nameless[part])).not.toMatch(/Dear|Guten Tag|Ines|[,:] ,/);
    }
  });

  it('says the same in HTML and in plain text', () => {
    const { html, text } = inLanguage();
    const words = (part: string) => new Set(part.replace(/https?:\S+/g, ' ').toLowerCase().match(/\p{L}{4,}/gu));
    const inHtml = words(visibleText(html.replace(/<div style="display:none[\s\S]*?<\/div>/, '')));
    const inText = words(text);
    expect([...inText].filter((word) => !inHtml.has(word))).toEqual([]);
    expect(text).toMatch(/: https:\/\/lanternbooks\.example\/(cart)?\?utm_source=segue&/);
    expect(text).toMatch(/^[^a-z]+\n/);
  });

  it('has one line for a subject, and a preheader that says something else', () => {
    for (const change of [() => {}, (data: EmailData) => delete data.discount, (data: EmailData) => void (data.items = [])]) {
      const { subject, html } = inLanguage(change);
      expect(subject).toMatch(/^\S.{5,90}\S$/);
      expect(subject).not.toMatch(/ {2}|[{}]/);
      expect(preheaderOf(html)).toMatch(/^\S.{10,110}\S$/);
      expect(preheaderOf(html)).not.toBe(subject);
    }
  });

  it('shows no trace of a discount that there is not', () => {
    const { subject, html, text } = inLanguage((data) => delete data.discount);
    for (const shown of [subject, visibleText(html), text]) expect(shown).not.toMatch(/%|code|instead|Valid|statt|Gültig/i);
  });

  it('bears hostile titles, names and reviews', () => {
    const hostile = (attack: string) =>
      inLanguage((data) => {
        data.person.firstName = attack;
        const reviews = [{ author: attack, stars: 1, text: attack }];
        data.items = [bookOf({ title: attack, author: attack, imageUrl: 'https://lanternbooks.example/a.jpg', reviews })];
      });
    const { subject, html, text } = hostile(`{{ 7 | times: 7 }}"><script>alert(1)</script>' onload='x`);
    expect(html).not.toMatch(/<script/i);
    expect(html.match(/[<>"]/g)?.length).toBe(hostile('x').html.match(/[<>"]/g)?.length);
    expect(html).not.toMatch(/(?<!&#39;) onload='/);
    for (const part of [html, text]) expect(part).toContain('{{ 7 | times: 7 }}');
    expect(subject).not.toMatch(/^49|\s49/);
  });

  it('is readable without pictures and with a screen reader', () => {
    const { html } = inLanguage();
    expect(html).toMatch(new RegExp(`<html lang="${language}" dir="ltr"`));
    expect(html.match(/<h1 /g)).toHaveLength(1);
    for (const picture of html.match(/<img [^>]*>/g) ?? []) expect(picture).toMatch(/alt="(Cover of|Umschlag von) \w/);
    const withoutOutlook = html.replace(/<!--[\s\S]*?-->/g, '');
    const tables = withoutOutlook.match(/<table [^>]*>/g) ?? [];
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) expect(table).toContain('role="presentation"');
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/fonts\.googleapis|<link|@import/);
  });
});

describe('the reason that an email gives', () => {
  it.each([
    ['abandoned-cart-offer', 'you left something in your cart at'],
    ['abandoned-cart-offer-bold', 'you left something in your cart at'],
    ['abandoned-cart-reminder', 'you left something in your cart at'],
    ['browse-abandonment', 'you looked at books at'],
    ['cross-sell', 'you bought something at'],
    ['reward', 'you are one of the most faithful readers at'],
    ['welcome-hello', 'you signed up at'],
    ['welcome-picks', 'you signed up at'],
    ['win-back', 'you have been a reader at'],
  ])('of %s is that %s', (name, because) => {
    const { html, text } = render(name);
    for (const shown of [visibleText(html), text]) expect(shown).toMatch(new RegExp(`You receive this email because ${because} Lantern Books ?\\.`));
  });

  it('is German in a German email', () => {
    const { html, text } = render('abandoned-cart-offer', (data) => void (data.locale = 'de-AT'));
    const reason = /Sie bekommen diese E-Mail von Lantern Books ?, weil noch etwas in Ihrem Warenkorb liegt\./;
    for (const shown of [visibleText(html), text]) expect(shown).toMatch(reason);
  });
});

describe.each(cartEmails)('%s', (name) => {
  it('shows the books of the cart with author, both prices and link, in HTML and in text', () => {
    const { html, text } = render(name);
    for (const shown of [visibleText(html), text]) {
      for (const part of [
        'The Count of Monte Cristo',
        'Alexandre Dumas',
        '€12.33 instead of €14.50',
        'Middlemarch',
        'George Eliot',
        '€10.12 instead of €11.90',
      ]) {
        expect(shown).toContain(part);
      }
    }
    for (const item of sampleOf(name).items) {
      expect(text).toContain(item.url);
      expect(html).toContain(`href="${item.url?.replaceAll('&', '&amp;')}"`);
    }
    expect(html).toContain('src="https://lanternbooks.example/covers/monte-cristo.jpg"');
    expect(text).toContain('Go to your cart: https://lanternbooks.example/cart');
  });

  it('shows the discount and until when it holds, or the full price', () => {
    const part = /15% off with this code: LANTERN-7KQ4-15 Valid until Saturday 30 May at 12:00 CEST/;
    const withDiscount = render(name);
    expect(visibleText(withDiscount.html)).toMatch(part);
    expect(withDiscount.text.replace(/\s+/g, ' ')).toMatch(part);
    expect(render(name, (data) => delete data.discount).text).toContain('€14.50');
  });

  it('writes prices and times as German does, in German', () => {
    const { html, text } = render(name, (data) => void (data.locale = 'de-DE'));
    for (const shown of [visibleText(html), text]) {
      const plain = shown.replace(/\p{Zs}/gu, ' ').replace(/\s+/g, ' ');
      expect(plain).toContain('12,33 € statt 14,50 €');
      expect(plain).toContain('15 % weniger mit diesem Code: LANTERN-7KQ4-15 Gültig bis Samstag, 30. Mai um 12:00 MESZ');
    }
    expect(visibleText(html)).toMatch(/4,\d von 5/);
  });

  it('shows five books and counts the rest', () => {
    const { html, text } = render(name, (data) => {
      data.items = Array.from({ length: 8 }, (_, index) =>
        bookOf({ productId: `${index}`, title: `Volume ${index + 1}`, url: `https://lanternbooks.example/${index + 1}` }),
      );
    });
    for (const shown of [visibleText(html), text]) {
      expect(shown).toContain('Volume 5');
      expect(shown).not.toContain('Volume 6');
      expect(shown).toContain('and 3 more in your cart');
    }
  });
});

describe.each(['browse-abandonment', 'welcome-picks', 'cross-sell'])('%s', (name) => {
  it('shows each book with its full price and link', () => {
    const { html, text } = render(name, (data) => delete data.discount);
    for (const { title, url, price } of sampleOf(name).items) {
      for (const shown of [visibleText(html), text]) expect(shown.replace(/\s+/g, ' ')).toMatch(new RegExp(`${title},? .*€${price?.toFixed(2)}`));
      expect(html).toContain(`href="${url?.replaceAll('&', '&amp;')}"`);
      expect(text).toContain(url);
    }
  });

  it('makes sense when there is none', () => {
    const { subject, text } = render(name, (data) => void (data.items = []));
    expect(subject).toMatch(/\w+ \w+/);
    expect(text).not.toMatch(/\* /);
  });

  it('shows no lower price without the code that gives it', () => {
    for (const shown of [visibleText(render(name).html), render(name).text]) {
      expect(shown).toContain('instead of');
      expect(shown.replace(/\s+/g, ' ')).toContain('10% off with this code: LANTERN-7KQ4-10');
    }
  });
});

describe.each(['win-back', 'reward'])('%s', (name) => {
  it('gives a code without a product', () => {
    const { subject, html, text } = render(name);
    expect(subject).toContain('20% off');
    for (const shown of [visibleText(html), text]) expect(shown.replace(/\s+/g, ' ')).toContain('20% off with this code: LANTERN-7KQ4-20 Valid until');
  });
});

/** Each step that has a survey: what its page asks must be what the email asked. */
const asking = Object.values(config.campaigns).flatMap(({ steps }) =>
  Object.values(steps).flatMap(({ email, survey }) => (survey === undefined ? [] : [[email, config.surveys[survey]] as const])),
);

describe.each(asking)('the question of %s', (name, survey) => {
  const question = survey?.question as string;

  it('is answered by a link', () => {
    const { html, text } = render(name);
    for (const shown of [visibleText(html), text]) expect(shown).toContain(question);
    for (const { value } of survey?.answers ?? []) {
      const url = `https://api.lanternbooks.example/s/sample-token?answer=${value}`;
      expect(html).toContain(`href="${url}"`);
      expect(text).toContain(url);
    }
  });

  it('is asked only when there is a survey', () => {
    const { html, text } = render(name, (data) => delete data.links.survey);
    for (const shown of [visibleText(html), html, text]) {
      expect(shown).not.toContain(question);
      expect(shown).not.toContain('answer=');
    }
  });
});

describe('welcome-picks', () => {
  it('shows what the person looked at, else where to start', () => {
    expect(visibleText(render('welcome-picks').html)).toContain('Dear Ines, you have begun already');
    const { subject, html, text } = render('welcome-picks', (data) => void (data.items = []));
    expect(subject).toBe('Where to start');
    for (const shown of [visibleText(html), text]) expect(shown).toContain('Dear Ines, the quickest way in is the table by the door.');
  });
});

describe('abandoned-cart-offer-bold', () => {
  it('begins with the discount', () => {
    const { subject, html } = render('abandoned-cart-offer-bold');
    expect(subject).toBe('15% off The Count of Monte Cristo');
    expect(visibleText(html)).toContain('15% off all you chose');
    expect(render('abandoned-cart-offer-bold', (data) => delete data.discount).subject).toBe('The Count of Monte Cristo, and your cart as you left it');
  });
});

describe('abandoned-cart-offer', () => {
  it.each([
    [1, true, 'Emma in your cart: 15% off'],
    [3, true, 'Emma and 2 more in your cart: 15% off'],
    [1, false, 'Emma in your cart'],
  ])('has a subject for %d books (discount: %s)', (count, discounted, subject) => {
    const rendered = render('abandoned-cart-offer', (data) => {
      data.items = Array.from({ length: count }, () => bookOf({}));
      if (!discounted) delete data.discount;
    });
    expect(rendered.subject).toBe(subject);
  });
});

describe('abandoned-cart-reminder', () => {
  it('shows what other readers say, with stars and names', () => {
    const { subject, html, text } = render('abandoned-cart-reminder');
    expect(subject).toBe('What readers say about Middlemarch');
    expect(visibleText(html)).toContain('The first hundred pages ask for patience. The other eight hundred repay it. ★★★★☆ Henrik');
    expect(html).toContain('role="img" aria-label="4 out of 5 stars"');
    expect(text).toContain('4/5 Henrik: The first hundred pages ask for patience.');
    expect(text).toContain('5/5 Tomasz: Twelve hundred pages');
  });

  it('does without reviews', () => {
    const { subject, html, text } = render('abandoned-cart-reminder', (data) => {
      data.items = [bookOf({})];
    });
    expect(subject).toBe('Emma is still in your cart');
    for (const shown of [visibleText(html), text]) expect(shown).not.toMatch(/readers|★|\/5/);
  });
});

describe('languages', () => {
  it.each(['de', 'de-AT', 'de_DE'])('are chosen by the locale %s', (locale) => {
    const { subject, html, text } = render('welcome-hello', (data) => void (data.locale = locale));
    expect(subject).toBe('Willkommen bei Lantern Books');
    expect(html).toContain('<html lang="de"');
    expect(text).toContain('Abmelden oder auswählen, was Sie bekommen: https://api.lanternbooks.example/u/sample-token');
  });

  it('fall back to the email as it is written first', () => {
    for (const locale of ['fr-FR', 'den', 'nonsense!'])
      expect(render('welcome-hello', (data) => void (data.locale = locale)).subject).toBe('Welcome to Lantern Books');
  });

  it.each(versions.filter(([, language]) => language === 'de'))('translate all of %s', (name) => {
    const { html, text } = render(name, (data) => {
      data.locale = 'de';
      data.items = Array.from({ length: 6 }, (_, index) => bookOf({ title: `Band ${index}`, author: 'Eliot', price: 9.5, rating: 4.5 }));
    });
    for (const shown of [visibleText(html), text]) expect(shown).not.toMatch(/\b(the|your|you|with|until|Unsubscribe|instead|more|out of)\b/i);
  });
});
