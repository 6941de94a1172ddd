import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainText, maxPlainLength } from '../../../lambdas/domain/events/plain-text.ts';

describe('a text that nobody vouches for', () => {
  it.each([
    'https://evil.example/pay',
    'HTTP://EVIL.EXAMPLE',
    'javascript://x',
    'Verify now at www.evil.example',
    'Verify at evil.example/pay',
    'Verify at evil.com',
    'Pay at evil.com.',
    'go to EVIL.CO.UK now',
    'bücher.de',
    'evil\u3002com',
    'ｅｖｉｌ．ｃｏｍ',
    'write to help@evil',
    'call 0800 123 4567',
    'call +1 (555) 010-9999',
    'call 040-123-45-67',
    'ring 1.800.555.0199',
    'two\nlines',
    'hid\u200bden',
    '\u202eesrever',
    'x'.repeat(maxPlainLength + 1),
  ])('[H3] is refused: %j', (text) => expect(isPlainText(text)).toBe(false));

  it.each(['Middlemarch', 'Emma, 2nd edition', 'The Count of Monte Cristo (1844-46)', 'St. Ives', 'Dr. Jekyll and Mr. Hyde', 'No. 44, The Mysterious Stranger', 'Catch-22', '1984', '9.90 EUR', "L'Étranger", 'Ana', 'José María', '李'])('may stand there: %j', (text) =>
    expect(isPlainText(text)).toBe(true),
  );

  it('[H3] never holds a link, whatever stands around it', () => {
    fc.assert(fc.property(fc.string(), fc.webUrl(), fc.string(), (before, url, after) => !isPlainText(before + url + after)));
    fc.assert(fc.property(fc.string(), fc.emailAddress(), fc.string(), (before, address, after) => !isPlainText(before + address + after)));
  });

  it('is a text', () => expect([7, null, undefined, {}, ['a']].map((value) => isPlainText(value))).toEqual([false, false, false, false, false]));
});
