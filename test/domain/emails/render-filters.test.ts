import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../../lambdas/domain/emails/render.ts';
import type { EmailData } from '../../../lambdas/schemas/email.ts';
import { bookOf, sampleOf } from '../../emails/support.ts';

function show(template: string, changes: Partial<EmailData>): string {
  const renderer = createRenderer({ note: { subject: template, html: '', text: '' } });
  return renderer.render('note', { ...sampleOf('abandoned-cart-offer'), ...changes }).subject.replace(/\p{Zs}/gu, ' ');
}

describe('money', () => {
  const price = (amount: number, currency: string | undefined, locale: string, percent = 0) =>
    show(`{{ items[0] | money: ${percent} }}`, {
      locale,
      items: [bookOf({ price: amount, ...(currency === undefined ? {} : { currency }) })],
    });

  it.each([
    [14.5, 'EUR', 'en-GB', '€14.50'],
    [14.5, 'EUR', 'de-DE', '14,50 €'],
    [1450, 'JPY', 'en-US', '¥1,450'],
    [0, 'USD', 'en-US', '$0.00'],
    [9.99, undefined, 'en-US', '9.99'],
    [9.99, 'coins', 'de-DE', '9,99'],
    [9.99, 'EUR', 'de_DE', '9,99 €'],
    [9.99, 'EUR', '!', '€9.99'],
  ])('%d %s in %s is %s', (amount, currency, locale, expected) => {
    expect(price(amount, currency, locale)).toBe(expected);
  });

  it.each([
    [14.5, 15, '€12.33'],
    [0.35, 10, '€0.32'],
    [20, 25, '€15.00'],
  ])('%d less %d percent is %s, halves rounded up', (amount, percent, expected) => {
    expect(price(amount, 'EUR', 'en-GB', percent)).toBe(expected);
  });
});

describe('moment', () => {
  const moment = (locale: string, timeZone: string) =>
    show('{{ discount.expiresAtMs | moment }}', {
      locale,
      timeZone,
      discount: { code: 'A', percent: 10, expiresAtMs: Date.UTC(2026, 4, 30, 23, 30) },
    });

  it.each([
    ['en-GB', 'Europe/Berlin', 'Sunday 31 May at 01:30 CEST'],
    ['en-US', 'America/New_York', 'Saturday, May 30 at 7:30 PM EDT'],
    ['de-DE', 'Europe/Berlin', 'Sonntag, 31. Mai um 01:30 MESZ'],
    ['en-GB', 'Mars/Olympus', 'Saturday 30 May at 23:30 UTC'],
    ['en-GB', '', 'Saturday 30 May at 23:30 UTC'],
  ])('in %s, at %s, is %s', (locale, timeZone, expected) => {
    expect(moment(locale, timeZone)).toBe(expected);
  });
});

describe('clip', () => {
  const clip = (title: string) => show('{{ items[0].title | clip: 5 }}', { items: [bookOf({ title })] });

  it('cuts what is too long and marks the cut', () => {
    expect(clip('Emma')).toBe('Emma');
    expect(clip('Emmas')).toBe('Emmas');
    expect(clip('Emma and')).toBe('Emma…');
    expect(clip('Emm and')).toBe('Emm…');
  });

  it('does not cut a character in half', () => {
    expect(clip('abc📚📚📚')).toBe('abc📚…');
  });
});

describe('stars', () => {
  it.each([
    [5, '★★★★★'],
    [4.4, '★★★★☆'],
    [0, '☆☆☆☆☆'],
  ])('shows %d as %s', (rating, expected) => {
    expect(show('{{ items[0].rating | stars }}', { items: [bookOf({ rating })] })).toBe(expected);
  });
});
