import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../lambdas/domain/render.ts';
import type { CompiledEmails, EmailData } from '../../lambdas/schemas/email.ts';
import { checkEmail } from '../../tools/email-checks.ts';
import { compiledFile, compiledText, compileEmails, emailsDir } from '../../tools/email-compiler.ts';
import { bookOf, sampleOf, visibleText } from './support.ts';

const committed = readFileSync(compiledFile, 'utf8');
const compiled = JSON.parse(committed) as CompiledEmails;
const renderer = createRenderer(compiled);
const names = Object.keys(compiled);

function render(email: string, change: (data: EmailData) => void = () => {}) {
  const data = sampleOf(email);
  change(data);
  return renderer.render(email, data);
}

describe('the compiled emails', () => {
  it('are what the sources compile to, and pass every check', async () => {
    const sources = await compileEmails(emailsDir);
    expect(compiledText(sources)).toBe(committed);
    expect(Object.entries(sources).flatMap(([name, source]) => checkEmail(name, source))).toEqual([]);
  });
});

describe.each(names)('%s', (name) => {
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
  });

  it('shows the discount and until when it holds, or no trace of it', () => {
    const part = /15% off with this code: LANTERN-7KQ4-15 Valid until Saturday 30 May at 12:00 CEST/;
    const withDiscount = render(name);
    expect(visibleText(withDiscount.html)).toMatch(part);
    expect(withDiscount.text.replace(/\s+/g, ' ')).toMatch(part);
    const { subject, html, text } = render(name, (data) => delete data.discount);
    for (const shown of [subject, visibleText(html), text]) expect(shown).not.toMatch(/%|code|instead|Valid/);
    expect(text).toContain('€14.50');
  });

  it('says who writes and why, and lets the person unsubscribe by a link that SES does not rewrite', () => {
    const { html, text } = render(name);
    expect(html).toContain('<a ses:no-track href="https://api.lanternbooks.example/u/sample-token">Unsubscribe</a>');
    for (const shown of [visibleText(html), text]) {
      expect(shown).toContain('Lantern Books, 12 Harbour Street, 20457 Hamburg, Germany');
      expect(shown).toContain('You receive this email because you left something in your cart');
    }
    expect(text).toContain('Unsubscribe: https://api.lanternbooks.example/u/sample-token');
    expect(text).toContain('Go to your cart: https://lanternbooks.example/cart');
  });

  it('greets by name if there is one', () => {
    expect(visibleText(render(name).html)).toContain('Dear Ines, ');
    expect(visibleText(render(name, (data) => delete data.person.firstName).html)).not.toContain('Dear');
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

  it('bears hostile titles, names and reviews', () => {
    const attack = `"><script>alert(1)</script>{{ 7 | times: 7 }}' onload='x`;
    const { subject, html, text } = render(name, (data) => {
      data.person.firstName = attack;
      data.items = [
        bookOf({
          title: attack,
          author: attack,
          imageUrl: 'https://lanternbooks.example/a.jpg',
          reviews: [{ author: attack, stars: 1, text: attack }],
        }),
      ];
    });
    expect(html).not.toMatch(/<script/i);
    const harmless = render(name, (data) => {
      data.person.firstName = 'x';
      data.items = [
        bookOf({
          title: 'x',
          author: 'x',
          imageUrl: 'https://lanternbooks.example/a.jpg',
          reviews: [{ author: 'x', stars: 1, text: 'x' }],
        }),
      ];
    });
    expect(html.match(/[<>"]/g)?.length).toBe(harmless.html.match(/[<>"]/g)?.length);
    expect(html).not.toMatch(/(?<!&#39;) onload='/);
    for (const part of [subject, html, text]) expect(part).toContain('{{ 7 | times: 7 }}');
  });

  it('is readable without pictures and with a screen reader', () => {
    const { html } = render(name);
    expect(html).toMatch(/<html lang="en" dir="ltr"/);
    const pictures = html.match(/<img [^>]*>/g) ?? [];
    expect(pictures).toHaveLength(1);
    for (const picture of pictures) expect(picture).toContain('alt="Cover of The Count of Monte Cristo"');
    const withoutOutlook = html.replace(/<!--[\s\S]*?-->/g, '');
    const tables = withoutOutlook.match(/<table [^>]*>/g) ?? [];
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) expect(table).toContain('role="presentation"');
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/fonts\.googleapis|<link|@import/);
  });

  it('has a preheader that differs from its subject', () => {
    const { subject, html } = render(name);
    const preheader = /<div style="display:none[^>]*>([^<]+)<\/div>/.exec(html)?.[1]?.trim();
    expect(preheader).toMatch(/\w+ \w+/);
    expect(preheader).not.toBe(subject);
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
