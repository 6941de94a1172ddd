import { expect, test } from 'vitest';
import { sentence } from '../../../lambdas/domain/rules/sentence.ts';
import type { Rule } from '../../../lambdas/schemas/rule.ts';

test.each<[Rule, string]>([
  [{ did: 'purchase' }, 'did purchase'],
  [{ did: '*', withinDays: 1 }, 'did anything within 1 day'],
  [
    {
      did: 'purchase',
      atLeast: 2,
      withinDays: 30,
      where: [
        { property: 'total', gte: 20 },
        { property: 'shipping.country', in: ['DE', 'AT'] },
      ],
    },
    'did purchase at least 2 times within 30 days where total >= 20 and shipping.country is one of "DE", "AT"',
  ],
  [{ did: 'purchase', atLeast: 1, atMost: 3 }, 'did purchase at least 1 time and at most 3 times'],
  [{ did: 'purchase', exactly: 0 }, 'did purchase exactly 0 times'],
  [{ sum: 'total', did: 'purchase', atLeast: 70, withinDays: 7 }, 'has a sum of total over purchase at least 70 within 7 whole UTC days'],
  [{ first: 'purchase', beforeDays: 90 }, 'did purchase for the first time at least 90 days ago'],
  [{ last: '*', withinDays: 30, beforeDays: 7 }, 'did anything for the last time within 30 days and at least 7 days ago'],
  [{ first: 'purchase' }, 'did purchase for the first time at any time'],
  [{ score: 'engagement', atLeast: 'engaged' }, 'has the score engagement at least the threshold engaged'],
  [{ score: 'engagement', atLeast: 5, below: 10.5 }, 'has the score engagement at least 5 and below 10.5'],
  [{ trait: 'plan', eq: 'gold' }, 'trait plan = "gold"'],
  [{ trait: 'plan', exists: false }, 'trait plan is missing'],
  [{ did: 'a', where: [{ property: 'at', after: '2026-01-31T00:00:00Z' }] }, 'did a where at is after 2026-01-31T00:00:00Z'],
  [{ did: 'a', where: [{ property: 'code', eq: '5' }] }, 'did a where code = "5"'],
  [{ did: 'a', where: [{ property: 'code', eq: 5 }] }, 'did a where code = 5'],
  [{ email: 'sent' }, 'was sent an email'],
  [
    { email: 'opened', campaign: 'abandoned_cart', step: 'offer', atMost: 1, withinDays: 14 },
    'opened an email of abandoned_cart in step offer at most 1 time within 14 days',
  ],
  [{ subscribed: true }, 'may be mailed'],
  [{ subscribed: false }, 'may not be mailed'],
  [{ random: 'pilot', below: 0.07 }, 'is among a random 7 % of people (salt "pilot")'],
  [{ segment: 'fans' }, 'meets the rule of segment fans'],
  [{ not: { any: [{ did: 'a' }, { did: 'b' }] } }, 'not (did a or did b)'],
  [{ all: [{ did: 'a' }, { any: [{ did: 'b' }, { did: 'c' }] }, { not: { did: 'd' } }] }, 'did a and (did b or did c) and not (did d)'],
  [{ any: [{ all: [{ did: 'a' }, { did: 'b' }] }, { did: 'c' }] }, '(did a and did b) or did c'],
  [{ all: [{ any: [{ did: 'a' }] }, { did: 'b' }] }, 'did a and did b'],
])('%j in words', (rule, words) => {
  expect(sentence(rule)).toBe(words);
});
