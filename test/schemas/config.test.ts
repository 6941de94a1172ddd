import { describe, expect, test } from 'vitest';
import { ConfigError, defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';

const problemsOf = (change: (config: Record<string, any>) => void): string[] => {
  const config = structuredClone(bookstore) as Record<string, any>;
  change(config);
  try {
    defineConfig(config as ConfigInput);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const useful = {
  question: 'Was this of use?',
  answers: [
    { value: 'yes', label: 'Yes' },
    { value: 'no', label: 'No' },
  ],
};

const assumed = { words: 'They like it.', survey: 'useful', confirmedBy: ['yes'], refutedBy: ['no'] };

describe('a wrong config is refused with the path, the value and what is allowed', () => {
  test('the shipped one is right', () => {
    expect(problemsOf(() => {})).toEqual([]);
  });

  test.each<[string, (config: Record<string, any>) => void, RegExp]>([
    ['a mistyped address', (c) => void (c.sender.address = 'hello'), /^sender\.address: "hello": Invalid email/],
    ['a time zone that is none', (c) => void (c.contact.timeZone = 'Europe/Berlinn'), /^contact\.timeZone: "Europe\/Berlinn": not a time zone of the IANA database, such as Europe\/Berlin or UTC$/],
    ['an offset for a time zone', (c) => void (c.contact.timeZone = '+09:00'), /^contact\.timeZone: "\+09:00": not a time zone/],
    ['a negative half-life', (c) => void (c.scores.engagement.halfLifeDays = -3), /^scores\.engagement\.halfLifeDays: -3: Too small: expected number to be >0/],
    ['an unknown key', (c) => void (c.sender.adress = 'x'), /^sender: .*Unrecognized key: "adress"/],
    ['an unknown kind of rule', (c) => void (c.segments[0].when = { bought: 'x' }), /^segments\.0\.when: \{"bought":"x"\}: not a rule; it must have one of the keys all, any, not, sum, did, /],
    ['a wrong value deep in a rule', (c) => void (c.segments[1].when.all[1].withinDays = 'two weeks'), /^segments\.1\.when\.all\.1\.withinDays: "two weeks": Invalid input: expected number/],
    ['an empty all', (c) => void (c.segments[0].when = { all: [] }), /^segments\.0\.when\.all: \[\]: a list of at least one rule/],
    ['a key beside not', (c) => void (c.segments[0].when = { not: { did: 'x' }, withinDays: 3 }), /unknown key withinDays beside not/],
    ['a trait without a comparison', (c) => void (c.segments[0].when = { trait: 'vip' }), /^segments\.0\.when: \{"trait":"vip"\}: has nothing to compare with: add eq, ne, in, contains, prefix, exists, gt, gte, lt, lte, before or after; exists: true asks only whether there is a value$/],
    ['a score without a limit', (c) => void (c.segments[0].when = { any: [{ did: 'x' }, { score: 'engagement' }] }), /^segments\.0\.when\.any\.1: \{"score":"engagement"\}: has no limit: add atLeast or below$/],
    ['a filter without a comparison', (c) => void (c.segments[0].when = { did: 'x', where: [{ property: 'coupon' }] }), /^segments\.0\.when\.where\.0: \{"property":"coupon"\}: has nothing to compare with/],
    ['the same of an exit', (c) => void (c.campaigns.abandoned_cart.exit = { event: 'purchase', where: [{ property: 'total' }] }), /^campaigns\.abandoned_cart\.exit\.where\.0: \{"property":"total"\}: has nothing to compare with/],
    ['a sum without a limit', (c) => void (c.segments[0].when = { sum: 'total', did: 'purchase' }), /^segments\.0\.when: .*: has no limit: add atLeast or below$/],
    ['a sum of the elements of a list', (c) => void (c.segments[0].when = { sum: 'products[].price', did: 'purchase', atLeast: 5 }), /: a sum adds one number of each event: name a property, and not the elements of a list$/],
    ['a score between limits that cross', (c) => void (c.segments[0].when = { score: 'engagement', atLeast: 5, below: 5 }), /: nothing is at least 5 and below 5$/],
    ['a count between bounds that cross', (c) => void (c.segments[0].when = { did: 'x', atLeast: 3, atMost: 2 }), /: no count is at least 3 and at most 2$/],
    ['an exact count beside a bound', (c) => void (c.segments[0].when = { did: 'x', atLeast: 1, exactly: 2 }), /: exactly stands alone: leave out atLeast and atMost$/],
    ['an age that nothing has', (c) => void (c.segments[0].when = { last: 'x', withinDays: 7, beforeDays: 7 }), /: nothing is at least 7 days old and younger than 7: beforeDays must be less than withinDays$/],
    ['numbers that nothing lies between', (c) => void (c.segments[0].when = { trait: 'age', gt: 5, lte: 5 }), /: no number is over 5 and under 5$/],
    ['times that nothing lies between', (c) => void (c.segments[0].when = { trait: 'at', after: '2026-02-02T00:00:00Z', before: '2026-01-01T00:00:00Z' }), /: no time is after 2026-02-02/],
    ['an unknown score', (c) => void (c.segments[1].when.all[0].score = 'loyalty'), /^segments\.1\.when\.all\.0\.score: "loyalty": must be one of engagement$/],
    ['an unknown threshold', (c) => void (c.segments[1].when.all[0].atLeast = 'huge'), /^segments\.1\.when\.all\.0\.atLeast: "huge": must be one of engaged$/],
    ['a segment that refers to a later one', (c) => void (c.segments[0].when = { segment: 'dormant' }), /^segments\.0\.when\.segment: "dormant": must be one of/],
    ['two segments of one name', (c) => void (c.segments[1].name = 'recent_buyers'), /^segments\.1\.name: "recent_buyers": is used twice$/],
    ['hysteresis upside down', (c) => void (c.thresholds.engaged.exit = 60), /^thresholds\.engaged\.exit: 60: must not be above enter \(50\)$/],
    ['a reminder of a step that does not come before', (c) => void (c.campaigns.abandoned_cart.steps.offer.ifClicked = 'reminder'), /^campaigns\.abandoned_cart\.steps\.offer\.ifClicked: "reminder": must be one of/],
    ['a step that asks a survey that there is not', (c) => ((c.surveys = { useful }), (c.campaigns.abandoned_cart.steps.offer.survey = 'taste')), /^campaigns\.abandoned_cart\.steps\.offer\.survey: "taste": must be one of useful$/],
    ['a survey with one answer twice', (c) => void (c.surveys = { useful: { ...useful, answers: [...useful.answers, { value: 'no', label: 'Never' }] } }), /^surveys\.useful\.answers\.2\.value: "no": is used twice$/],
    ['points of an answer for a score that there is not', (c) => void (c.surveys = { useful: { ...useful, answers: [{ value: 'yes', label: 'Yes', points: { loyalty: 3 } }, useful.answers[1]] } }), /^surveys\.useful\.answers\.0\.points: "loyalty": must be one of engagement$/],
    ['a survey without a choice', (c) => void (c.surveys = { useful: { ...useful, answers: useful.answers.slice(1) } }), /^surveys\.useful\.answers: .*Too small/],
    ['an assumption about a survey that there is not', (c) => void (c.segments[0].assumption = { ...assumed, survey: 'taste' }), /^segments\.0\.assumption\.survey: "taste": must be one of useful$/],
    ['an assumption about an answer that there is not', (c) => void (c.segments[0].assumption = { ...assumed, confirmedBy: ['yes', 'maybe'] }), /^segments\.0\.assumption\.confirmedBy\.1: "maybe": must be one of yes, no$/],
    ['an answer that speaks for and against an assumption', (c) => void (c.segments[0].assumption = { ...assumed, refutedBy: ['no', 'yes'] }), /^segments\.0\.assumption\.refutedBy\.1: "yes": is in confirmedBy, too$/],
    ['an assumption that nothing could refute', (c) => void (c.segments[0].assumption = { ...assumed, refutedBy: [] }), /^segments\.0\.assumption\.refutedBy: \[\]: Too small/],
    ['a classifier for a threshold that there is not', (c) => void (c.classifier = { threshold: 'huge' }), /^classifier\.threshold: "huge": must be one of engaged$/],
    ['a classifier for a threshold without outcomes', (c) => (delete c.thresholds.engaged.calibrate, void (c.classifier = { threshold: 'engaged' })), /^classifier\.threshold: "engaged": must be one of the thresholds with calibrate, of which there is none$/],
    ['a classifier that is always on', (c) => void (c.classifier = { mode: 'on', threshold: 'engaged' }), /^classifier\.mode: "on": Invalid option: expected one of "off"\|"watch"\|"when-better"$/],
    ['no segments', (c) => void (c.segments = []), /^segments: \[\]: Too small/],
  ])('%s', (_name, change, message) => {
    expect(problemsOf(change)).toContainEqual(expect.stringMatching(message));
  });

  test('all problems are told at once', () => {
    const problems = problemsOf((c) => {
      c.sender.address = 'hello';
      c.scores.engagement.halfLifeDays = 0;
    });
    expect(problems).toHaveLength(2);
  });
});
