import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hideTokens } from '../../../lambdas/domain/links/hidden-token.ts';
import { signReportLink } from '../../../lambdas/domain/links/report-link.ts';
import { signReturn } from '../../../lambdas/domain/links/return-link.ts';
import { signLink, signSurvey } from '../../../lambdas/domain/links/tokens.ts';

const key = { keyId: '0a1b2c3d', secret: 'test' };
const tokens = fc.tuple(fc.string(), fc.string()).chain(([userKey, topic]) =>
  fc.constantFrom(
    signLink({ userKey, topic }, key),
    signSurvey({ userKey, campaign: topic, step: 's', question: 'q' }, key),
    signReturn({ userKey, topics: [topic], askedAtMs: 1, address: 'x' }, key),
    signReportLink('2026-11', 1, key),
  ),
);

test('[L3] no token stays in a link, wherever it stands, and different ones stay different', () => {
  fc.assert(
    fc.property(tokens, fc.constantFrom('https://api.example/prod/u/', 'https://api.example/s/', 'https://r.example/?to=https%3A%2F%2Fa%2Fu%2F', 'https://x.example/a?b='), fc.constantFrom('', '?answer=yes', '&c=1', '#top'), (token, before, after) => {
      const hidden = hideTokens(`${before}${token}${after}`);
      for (const part of token.split('.').slice(1)) if (part.length > 12) expect(hidden).not.toContain(part);
      expect(hidden.endsWith(after)).toBe(true);
      expect(hideTokens(`${before}${signLink({ userKey: 'other', topic: token }, key)}${after}`)).not.toBe(hidden);
      expect(hideTokens(hidden)).toBe(hidden);
    }),
    { numRuns: 200 },
  );
});

test.each(['https://shop.example/books/emma?utm_source=segue', 'https://shop.example/v1.2.3/a.b.c', 'https://shop.example/0a1b2c3d', 'https://shop.example/app.0a1b2c3d.js'])('%s stays as it is', (link) => {
  expect(hideTokens(link)).toBe(link);
});
