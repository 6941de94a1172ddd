import { describe, expect, test } from 'vitest';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { addPerson, mergePeople, noPeople, type Frame, type PeopleSums, type PersonRecords } from '../../../lambdas/domain/report-numbers/people.ts';
import { buyerNumbers } from '../../../lambdas/domain/report-numbers/buyers.ts';
import { cohortNumbers } from '../../../lambdas/domain/report-numbers/cohorts.ts';
import { currencyOf } from '../../../lambdas/domain/report-numbers/conversions.ts';
import { earlierNumbers } from '../../../lambdas/domain/report-numbers/earlier.ts';
import { periodOf } from '../../../lambdas/domain/period.ts';
import { scoreNumbers } from '../../../lambdas/domain/report-numbers/scores.ts';
import { segmentNumbers } from '../../../lambdas/domain/report-numbers/segments.ts';
import { workflowNumbers } from '../../../lambdas/domain/report-numbers/workflows.ts';
import { surveyNumbers } from '../../../lambdas/domain/report-numbers/surveys.ts';
import { reportData } from '../../../lambdas/schemas/report.ts';
import { bookstorePlan, dayMs, momentAt, startMs } from '../../support/events.ts';
import { sample } from '../report/sample.ts';

const { config } = bookstorePlan;
const period = periodOf('2026-03');
const nowMs = period.untilMs + 5 * 3_600_000;
const frame: Frame = { plan: bookstorePlan, period, moment: momentAt(nowMs) };

const person = (records: Partial<PersonRecords>, profile: Partial<Profile> = {}): PersonRecords => ({
  profile: { ...emptyProfile('u#ana'), onlyByWeb: false, segment: { name: 'fans', sinceMs: startMs }, ...profile },
  transitions: [{ from: null, to: 'fans', atMs: startMs }],
  conversions: [],
  workflows: [],
  answers: [],
  ...records,
});
const bought = (atMs: number, more: Partial<PersonRecords['conversions'][number]> = {}) => ({ event: 'purchase', atMs, receivedAtMs: atMs, source: 'server', revenue: 10, segment: 'fans', ...more });
const answered = (answer: string, atMs: number, more: { question?: string; segment?: string } = {}) => ({ question: 'useful', answer, atMs, segment: 'fans', ...more });

function sumsOf(...people: PersonRecords[]): PeopleSums {
  const sums = noPeople();
  for (const one of people) addPerson(sums, one, frame);
  return sums;
}

test('parts of the people add up to all of them', () => {
  const people = Array.from({ length: 12 }, (_, index) =>
    person(
      { conversions: index % 2 === 0 ? [bought(startMs + index * dayMs)] : [], answers: index % 3 === 0 ? [answered('yes', startMs + 1)] : [] },
      { scores: { engagement: { value: index * 3, atMs: startMs } } },
    ),
  );
  const [whole, one, other] = [sumsOf(...people), sumsOf(...people.slice(0, 5)), sumsOf(...people.slice(5))];
  mergePeople(one, other);
  const { cohorts, ...tallies } = whole;
  const { cohorts: merged, ...mergedTallies } = one;
  for (const name of Object.keys(tallies) as (keyof typeof tallies)[]) expect([name, new Map(mergedTallies[name])]).toEqual([name, new Map(tallies[name])]);
  const rows = (sums: typeof cohorts) => cohortNumbers(config, period, sums, nowMs, undefined);
  expect(rows(merged)).toEqual(rows(cohorts).map((score) => ({ ...score, rows: score.rows.map((row) => ({ ...row, mean: expect.closeTo(row.mean, 9) })) })));
  expect(rows(cohorts)[0]?.rows[0]?.people).toBe(12);
});

describe('a cohort', () => {
  const cohortsOf = (one: PersonRecords) => cohortNumbers(config, period, sumsOf(one).cohorts, nowMs, undefined).flatMap(({ rows }) => rows.map(({ cohort }) => cohort));

  test('is the month of the first event that is remembered, or of the first segment', () => {
    expect(cohortsOf(person({}))).toEqual(['2026-03']);
    expect(cohortsOf(person({}, { signals: { s: { count: 1, firstAtMs: startMs - dayMs, recentAtMs: [startMs] } } }))).toEqual(['2026-02']);
  });

  test('is none for a visitor of whom only web keys speak, whose profile will be deleted', () => expect(cohortsOf(person({}, { onlyByWeb: true }))).toEqual([]));

  test('is none for somebody whose first segment is no longer on record', () => {
    expect(cohortsOf(person({ transitions: [{ from: 'dormant', to: 'fans', atMs: startMs }] }))).toEqual([]);
    expect(cohortsOf(person({ transitions: [] }))).toEqual([]);
  });
});

describe('buyers', () => {
  const buyersIn = (...people: PersonRecords[]) => buyerNumbers(sumsOf(...people).buyers).filter(({ people: count }) => count > 0);

  test('are those with a conversion of the config within a year', () => {
    expect(buyersIn(person({ conversions: [bought(nowMs - 366 * dayMs)] }))).toEqual([]);
    expect(buyersIn(person({ conversions: [bought(nowMs - dayMs, { event: 'was_a_conversion_once' })] }))).toEqual([]);
    expect(buyersIn(person({ conversions: [bought(nowMs - 3.5 * dayMs), bought(nowMs - 90 * dayMs, { revenue: 2.25 })] }))).toMatchObject([{ people: 1, recencyDays: 3, frequency: 2, spent: 12.25 }]);
  });

  test('who spent about the same are alike, and their spending adds up exactly', () => {
    const rows = buyersIn(...[10.4, 9.6, 10.1].map((revenue) => person({ conversions: [bought(nowMs - dayMs, { revenue })] })));
    expect(rows).toMatchObject([{ people: 3, spent: 30.1, monetary: expect.closeTo(30.1 / 3, 9) }]);
  });
});

test('the currency of the report is that of all conversions that name one', () => {
  const currencyIn = (...currencies: (string | undefined)[]) => currencyOf(sumsOf(person({ conversions: currencies.map((currency, index) => bought(startMs + index, currency === undefined ? {} : { currency })) })).conversions);
  expect([currencyIn('EUR', undefined, 'EUR'), currencyIn('EUR', 'USD'), currencyIn(undefined), currencyIn()]).toEqual(['EUR', undefined, undefined, undefined]);
});

describe('answers', () => {
  const surveysIn = (...answers: PersonRecords['answers'][number][]) => surveyNumbers(config, sumsOf(person({ answers })).answers);

  test('of one person are the last of the month to each survey', () => {
    expect(surveysIn(answered('no', startMs + 5), answered('yes', startMs + 9), answered('no', startMs + 7), answered('no', period.untilMs))).toMatchObject([{ survey: 'useful', bySegment: [{ segment: 'fans', answers: [{ value: 'yes', count: 1 }] }] }]);
  });

  test('that the config knows no more are left out, and who was in no segment comes last', () => {
    expect(surveysIn(answered('maybe', startMs))).toEqual([]);
    expect(surveysIn(answered('yes', startMs, { question: 'over' }))).toEqual([]);
    const { segment: _none, ...nowhere } = answered('yes', startMs);
    const sums = sumsOf(person({ answers: [nowhere] }), person({ answers: [answered('no', startMs, { segment: 'old' })] }), person({ answers: [answered('no', startMs, { segment: 'dormant' })] }));
    expect(surveyNumbers(config, sums.answers)[0]?.bySegment.map(({ segment }) => segment)).toEqual(['dormant', 'old', null]);
  });

  test('stand beside the assumption about the segment, when it is about this survey', () => {
    const [recent] = surveysIn(answered('yes', startMs, { segment: 'recent_buyers' }))[0]?.bySegment ?? [];
    expect(recent?.assumption).toEqual({ words: 'Who has just bought wants to see more.', confirmedBy: ['yes'], refutedBy: ['no'] });
    const other = { ...config, surveys: { taste: config.surveys.useful! } };
    const sums = sumsOf(person({ answers: [answered('yes', startMs, { question: 'taste', segment: 'recent_buyers' })] }));
    expect(surveyNumbers(other, sums.answers)[0]?.bySegment).toEqual([{ segment: 'recent_buyers', answers: [{ value: 'yes', count: 1 }] }]);
  });
});

test('flows have the order of the config; what it has no more and who is new come last', () => {
  const moved = (from: string | null, to: string) => person({ transitions: [{ from: null, to: from ?? to, atMs: from === null ? startMs : startMs - dayMs }, ...(from === null ? [] : [{ from, to, atMs: startMs }])] });
  const sums = sumsOf(moved(null, 'dormant'), moved('old', 'fans'), moved('dormant', 'recent_buyers'), moved('fans', 'dormant'), moved('fans', 'recent_buyers'));
  expect(segmentNumbers(config, sums).matrix?.map(({ from, to }) => `${from} ${to}`)).toEqual(['fans recent_buyers', 'fans dormant', 'dormant recent_buyers', 'old fans', 'null dormant']);
});

test('workflows count in the month in which they began, and their ends in theirs', () => {
  const [before, first, last, after] = [period.fromMs - 1, period.fromMs, period.untilMs - 1, period.untilMs];
  const workflow = (entryAtMs: number, end: object = {}) => ({ campaign: 'welcome', executionName: `e${entryAtMs}`, entryAtMs, ...end });
  const sums = sumsOf(
    person({ workflows: [workflow(before, { endedAtMs: first, outcome: 'completed' }), workflow(first), workflow(last, { endedAtMs: after, outcome: 'failed' })] }),
    person({ workflows: [workflow(after), workflow(first, { endedAtMs: last, outcome: 'failed', error: 'X' }), workflow(before, { endedAtMs: before, outcome: 'stopped' })] }),
  );
  expect(workflowNumbers(sums.workflows, 'welcome')).toEqual({ entered: 3, completed: 1, stopped: 0, failed: 1, 'timed-out': 0 });
  expect(workflowNumbers(sums.workflows, 'reward')).toEqual({ entered: 0, completed: 0, stopped: 0, failed: 0, 'timed-out': 0 });
});

test.each([
  [39.9, 1, 39],
  [40, 2, 40],
  [190, 5, 190],
  [201, 10, 200],
  [1999, 50, 1950],
])('a highest score of %d makes bins of %d', (highest, width, from) => {
  const sums = sumsOf(person({}, { scores: { engagement: { value: highest, atMs: nowMs } } }), person({}, { scores: { engagement: { value: 0.5, atMs: nowMs } } }));
  expect(scoreNumbers(config, sums.scores, {})[0]?.bins).toEqual([
    { from: 0, to: width, people: 1 },
    { from, to: from + width, people: 1 },
  ]);
});

test('revenue is not compared with a month that had it in another currency', () => {
  const before = reportData.parse(sample);
  expect(earlierNumbers(before, { currency: 'EUR' })).toMatchObject({ conversions: before.conversions.count, revenue: expect.any(Number) });
  for (const now of [{ currency: 'USD' }, {}]) expect(earlierNumbers(before, now)).not.toHaveProperty('revenue');
});
