import { expect, test } from 'vitest';
import { renderReport } from '../../../lambdas/domain/report/render.ts';
import type { ReportDataInput } from '../../../lambdas/schemas/report.ts';
import { empty, sample } from './sample.ts';

/** The words of a page, or of one of its sections, as one line. */
function wordsOf(page: string, section = ''): string {
  const part =
    section === '' ? page.slice(page.indexOf('<body>')) : (new RegExp(`<section id="${section}".*?</section>`, 's').exec(page)?.[0] ?? '');
  const text = part.replaceAll(/<(svg|style)\b.*?<\/\1>/gs, ' ').replaceAll(/<[^>]*>/g, ' ');
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll(/\s+/g, ' ');
}

/** The rows of the table with a caption, as texts. */
function rowsOf(page: string, caption: string): string[][] {
  const table = [...page.matchAll(/<table>.*?<\/table>/gs)]
    .map(([text]) => text)
    .find((text) => text.includes(`<caption>${caption}</caption>`));
  if (table === undefined) throw new Error(`no table is called ${caption}`);
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell),
  );
}

/** The same with other texts wherever a text of the data may be anything. */
function withTexts<Value>(value: Value, change: (text: string) => string, key = ''): Value {
  if (Array.isArray(value)) return value.map((one) => withTexts(one, change, key)) as Value;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one, change, name)])) as Value;
  const isFixed = ['month', 'day', 'since', 'cohort', 'outcomeMonth', 'kind', 'currency', 'decision', 'method', 'basis', 'state'].includes(key);
  return typeof value === 'string' && !isFixed ? (change(value) as Value) : value;
}

const page = await renderReport(sample);
const emptyPage = await renderReport(empty);

test('says the month in sentences and headline numbers', () => {
  const words = wordsOf(page, 'summary');
  expect(words).toContain('In November 2026, 4,927 emails were sent; of those delivered, 46.4% were opened and 13.6% clicked.');
  expect(words).toContain('1,012 conversions came in, worth €30,114.35; 179.5 of them followed an email.');
  expect(words).toMatch(/People 14,216 906 of them new/);
  expect(words).toMatch(/Emails sent 4,927 −3\.4% on October/);
});

test('campaigns have the sums of their steps', () => {
  expect(rowsOf(page, 'Campaigns of the month')).toContainEqual(['Abandoned cart', '1,840', '51.1%', '16.4%', '6.7%', '121', '€3,458.65']);
  expect(rowsOf(page, 'emails of Abandoned cart, by step and variant')).toContainEqual([
    'Offer',
    'Bold',
    '829',
    '820',
    '431',
    '149',
    '52.6%',
    '18.2%',
    '8.2%',
    '67',
    '€1,871.25',
  ]);
  expect(rowsOf(page, 'what went wrong with emails of We miss you, by step')).toContainEqual([
    'Offer',
    '52',
    '0',
    '17',
    '4',
    '3',
    '12',
    '88',
    '4',
  ]);
});

test('the funnel of a campaign compares its variants over all steps', () => {
  const plot = /<svg class="plot wide" role="img" aria-label="Abandoned cart, from sending to conversion\..*?<\/svg>/s.exec(page)?.[0] ?? '';
  for (const text of ['Calm 919', 'Bold 921', 'Bold 911 · 98.9%', 'Calm 131 · 14.4%', 'Bold 75 · 8.2%'])
    expect(plot).toContain(`>${text}<`);
});

test('tells why emails were not sent, the commonest reason first, and what was put off', () => {
  const words = wordsOf(page, 'campaigns');
  expect(words).toContain(
    'Not sent 2,012: the earlier email was not clicked (1,310); the person had left the workflow, such as by buying (512); no consent (171); bounced or complained before (19)',
  );
  expect(words).toContain('Put off 288 times');
  expect(words).toContain('Nothing was sent in November 2026 by Thank you, reader.');
});

test('tells how many emails went by the default of the shop, and not that these were not sent', async () => {
  const [first, ...others] = sample.campaigns ?? [];
  const unread = [{ step: 'offer', reason: 'unknown-time-zone', count: 40 }, { step: 'offer', reason: 'unknown-locale', count: 1 }];
  const words = wordsOf(await renderReport({ ...sample, campaigns: [{ ...first!, skipped: [...(first!.skipped ?? []), ...unread] }, ...others] }), 'campaigns');
  expect(words).toContain('Not sent 2,012:');
  expect(words).toContain('Shop’s default used 40 times for a time zone and 1 time for a locale that could not be read');
  expect(wordsOf(page, 'campaigns')).not.toContain('Shop’s default');
});

test('segments: sizes, conversions, matrix and churn', () => {
  expect(rowsOf(page, 'People by segment')).toContainEqual([
    'Engaged browsers',
    'Viewed several products within 30 days and never bought',
    '3,215',
    '3,482',
    '+8.3%',
    '24.5%',
    '512',
  ]);
  expect(rowsOf(page, 'people by segment at the start, in rows, and at the end, in columns')).toContainEqual([
    'New',
    '906',
    '85',
    '8',
    '659',
    '0',
    '154',
  ]);
  expect(wordsOf(page, 'segments')).toContain(
    'Churn: 6.3%. Of 8,190 people who were not in Dormant at the start, 514 were at the end. Of 5,120 who were, 430 came back (8.4%).',
  );
});

test('conversions of people who were in no segment yet are told beside the others', () => {
  expect(wordsOf(page, 'segments')).toContain('260 more came from people who were in none yet.');
});

test('a segment has its colour in every plot, and the fallback is grey', () => {
  const colourIn = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, colour]) => colour);
  expect(colourIn(/background:var\(--(\w+)\)">[A-D]</g)).toEqual(['c1', 'c2', 'c3', 'c4']);
  // Where people were, new ones last, and where they are; in both sizes.
  const flow = ['c1', 'c2', 'c3', 'c4', 'c0', 'c0', 'c1', 'c2', 'c3', 'c4', 'c0'];
  expect(colourIn(/<rect [^>]*width="10" [^>]*fill="var\(--(\w+)\)"/g)).toEqual([...flow, ...flow]);
});

test('overlaps: regions of the Venn diagram and each pair', () => {
  expect(rowsOf(page, 'people by exactly the segments whose rules hold')).toContainEqual(['Recent buyers and Fans', '285']);
  expect(rowsOf(page, 'overlap of each two segments')).toContainEqual(['Recent buyers', 'Fans', '285', '24.0%', '39.5%', '17.6%']);
});

test('a Venn diagram has the four largest of five sets, in their order', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const segments = [...names, 'rest'].map((segment) => ({ segment, title: segment, atStart: 0, atEnd: 0 }));
  const many = await renderReport({
    ...sample,
    segments,
    matrix: [],
    overlaps: names.map((name, index) => ({ segments: [name], people: name === 'b' ? 1 : 100 * (index + 1) })),
  });
  expect(rowsOf(many, 'people by exactly the segments whose rules hold')).toHaveLength(1 + 15);
  expect(wordsOf(many, 'overlap')).toMatch(/A A: 100 B C: 300 C D: 400 D E: 500/);
});

test('a segment that the config has no more still shows in the flow', async () => {
  const renamed = await renderReport({ ...sample, matrix: [{ from: 'regulars', to: 'fans', people: 9 }] });
  expect(rowsOf(renamed, 'people by segment at the start and at the end')).toContainEqual(['Regulars', 'Fans', '9']);
});

test('lists of nobody are no data', async () => {
  const nobody = await renderReport({
    ...sample,
    matrix: [{ from: 'fans', to: 'fans', people: 0 }],
    cohorts: [{ score: 'engagement', rows: [] }],
  });
  expect(wordsOf(nobody, 'segments')).toContain('No change of a segment is recorded');
  expect(wordsOf(nobody, 'scores')).toContain('How scores go on by cohort is not known yet.');
});

test('experiments: a verdict in words, arms, and nothing but a warning when the arms are lopsided', async () => {
  expect(wordsOf(page, 'experiments')).toContain('Better bold is better than calm');
  expect(wordsOf(page, 'experiments')).toContain('People are counted since 15 September 2026. The arms have as many people as planned');
  expect(rowsOf(page, 'Arms of Abandoned cart')).toContainEqual([
    'Calm (control)',
    '842',
    '50.4%',
    '50.0%',
    '62',
    '7.4%',
    '€1,890.40',
    '€2.25',
    '0%',
  ]);
  const [first] = sample.experiments ?? [];
  const lopsided = await renderReport({ ...sample, experiments: [{ ...first!, sampleRatioP: 0.0001 }] });
  expect(wordsOf(lopsided, 'experiments')).toContain('nothing here can be trusted');
  expect(wordsOf(lopsided, 'experiments')).not.toContain('difference of the conversion rate');
});

test('thresholds: old, new, why, and whom it moves', () => {
  const [, engaged] = rowsOf(page, 'Thresholds before and after');
  expect(engaged).toEqual([
    'Engaged',
    '50',
    '46.5',
    '46.5',
    '43.1 to 49.2',
    '8.4%',
    '10.1%',
    'Moved to where the data put it; by expected profit; from 1,204 people, 96 converted, none of them mailed; stability index 0.031.',
  ]);
  expect(rowsOf(page, 'People whom it was predicted to move')).toContainEqual(['Everyone else', 'Fans', '31']);
});

test('a version that waits for approval says so', async () => {
  const proposed = await renderReport({ ...sample, calibration: { ...sample.calibration!, state: 'proposed', rolledBackTo: 2 } });
  expect(wordsOf(proposed, 'scores')).toContain('It waits for approval and is not in force. It has the values of version 2 again.');
});

test('rule and model against the outcome: kappa, precision, recall and F1', () => {
  expect(rowsOf(page, 'the rule against what happened')[1]).toEqual(['Converts', '512', '488', '29.8%', '51.2%', '0.38']);
  expect(wordsOf(page, 'accuracy')).toContain(
    'They agree on 87.9% of people. Cohen’s kappa is 0.32: fair agreement beyond chance. F1 is 0.66 in the mean over classes.',
  );
});

test('surveys stand beside the assumptions that they confirm or refute', () => {
  const words = wordsOf(page, 'surveys');
  expect(words).toContain('Confirmed Recent buyers: “Who has just bought wants to see more.” 81% of 75 answers speak for it (71% to 89%).');
  expect(words).toContain('Refuted Dormant');
  expect(words).toContain('Undecided Engaged browsers');
});

test('quality: machines, late, unattributed and dead letters', () => {
  const rows = rowsOf(page, 'Data that is late, doubtful or missing');
  for (const row of [
    ['Emails opened by machines', '580 (11.9%)'],
    ['Late conversions', '12 (1.2%)'],
    ['Conversions without an email', '832.5 (82.3%)'],
    ['Unreadable events', '4'],
  ])
    expect(rows).toContainEqual([...row, expect.any(String)]);
});

test.each([
  ['summary', 'No email was sent in November 2026.'],
  ['campaigns', 'Nothing was sent in November 2026. Emails go out once people who may be mailed do'],
  ['days', 'Nothing happened in November 2026.'],
  ['experiments', 'No experiment has people in two arms.'],
  ['segments', 'No change of a segment is recorded for November 2026.'],
  ['overlap', 'There are no two segments whose rules hold for anybody.'],
  ['scores', 'Nobody has a score above zero.'],
  ['scores', 'No threshold was calibrated yet.'],
  ['accuracy', 'Nothing can be compared yet.'],
  ['accuracy', 'No classifier was trained.'],
  ['buyers', 'Nobody has bought anything.'],
  ['surveys', 'No survey was answered in November 2026.'],
])('without data, %s says: %s', (section, words) => {
  expect(wordsOf(emptyPage, section)).toContain(words);
  expect(wordsOf(page, section)).not.toContain(words);
});

test('no page shows a number that is none', () => {
  for (const one of [page, emptyPage]) expect(one.match(/.{40}(?:NaN|Infinity|undefined|\[object|>null<)/)).toBeNull();
});

test('a month that is not over is marked, from its first to its last millisecond', async () => {
  const isMarkedAt = async (generatedAtMs: number) => (await renderReport({ ...empty, generatedAtMs })).includes('The month is not over');
  expect(await isMarkedAt(Date.UTC(2026, 11, 1) - 1)).toBe(true);
  expect(await isMarkedAt(Date.UTC(2026, 11, 1))).toBe(false);
});

test('texts of the data are text wherever they stand', async () => {
  const evil = await renderReport(withTexts(sample, (text) => `<script>alert(1)</script>"><img src=x onerror=alert(1)>${text}`));
  expect(evil.match(/.{40}<(?:script|img)/i)).toBeNull();
  expect(evil.match(/(?:&#60;|&lt;)script/g)?.length).toBeGreaterThan(50);
  // In labels and captions quotes would end an attribute.
  expect(evil.match(/.{40}(?:"><img|" onerror)/)).toBeNull();
});

test('the page asks for nothing: it forbids itself to, and names no address', () => {
  expect(/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'")).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
  );
  expect(page.match(/.{40}(?:https?:|src=|url\(|@import|<script|<link)/)).toBeNull();
  expect([...page.matchAll(/href="([^"]*)"/g)].every(([, link]) => link?.startsWith('#'))).toBe(true);
});

test('the table of contents leads to every section', () => {
  const [links, ids] = [/href="#([\w-]+)"/g, /<section id="([\w-]+)"/g].map((pattern) => [...page.matchAll(pattern)].map(([, id]) => id));
  expect(links).toEqual(ids);
});

test('numbers are written as the locale does; money in the one currency of the month', async () => {
  const { currency: _, ...rest } = sample;
  const german = wordsOf(await renderReport({ ...rest, locale: 'de' }), 'summary');
  expect(german).toContain('4.927 emails were sent; of those delivered, 46,4 %');
  expect(german).toMatch(/Revenue by email 4\.930,65 €/);
  const mixed = await renderReport({
    ...rest,
    conversions: {
      count: 2,
      revenue: [
        { currency: 'EUR', amount: 1 },
        { currency: 'USD', amount: 2 },
      ],
    },
  });
  expect(wordsOf(mixed, 'summary')).toMatch(/worth €1\.00 and \$2\.00.*Revenue by email 4,930\.65/);
});

test('the same data give the same page', async () => {
  expect((await renderReport(structuredClone(sample))) === page).toBe(true);
});

test('data that are not as the schema says are an error that names the place', async () => {
  await expect(renderReport({ ...sample, month: '2026-13' })).rejects.toThrow(/month/);
  await expect(renderReport({ ...sample, conversions: { count: -1 } } as ReportDataInput)).rejects.toThrow(/count/);
});
