import { dayMs, sum, tallied, type EmailLine, type Recount } from './recount.ts';

/** Segments, scores, cohorts, buyers, outcomes and answers of a month, counted from the raw log. */
const names = ['buyers', 'browsers', 'others'];

const atStart = (recount: Recount, person: string) => recount.segmentAt(person, recount.fromMs - 1);
const atEnd = (recount: Recount, person: string) => recount.segmentAt(person, Math.min(recount.untilMs - 1, recount.madeAtMs));

export function segments(recount: Recount): { segment: string; atStart: number; atEnd: number }[] {
  const count = (name: string, at: typeof atStart) => recount.people.filter((person) => at(recount, person) === name).length;
  return names.map((segment) => ({ segment, atStart: count(segment, atStart), atEnd: count(segment, atEnd) }));
}

export function matrix(recount: Recount): object[] {
  const moves = recount.people.flatMap((person) => {
    const to = atEnd(recount, person);
    return to === undefined ? [] : [`${atStart(recount, person) ?? ''}>${to}`];
  });
  const counts = new Map(tallied(moves));
  return [...names, ''].flatMap((from) => names.map((to) => ({ from: from || null, to, people: counts.get(`${from}>${to}`) ?? 0 }))).filter(({ people }) => people > 0);
}

/** By exactly the rules that hold when the report is made. */
export function overlaps(recount: Recount): object[] {
  const places = recount.people.map((person) => recount.rulesThatHold(person, recount.madeAtMs).map((name) => names.indexOf(name)).join(','));
  return tallied(places).map(([place, people]) => ({ segments: place === '' ? [] : place.split(',').map((index) => names[Number(index)]), people }));
}

/** In bins of one point, as long as nobody has more than forty; then of two. */
export function scoreBins(recount: Recount): object[] {
  const scores = recount.people.map((person) => recount.engagement(person, recount.madeAtMs)).filter((score) => score > 0);
  const width = Math.max(...scores) < 40 ? 1 : Math.max(...scores) < 80 ? 2 : NaN;
  const bins = tallied(scores.map((score) => String(Math.floor(score / width) * width).padStart(5, '0')));
  return bins.map(([from, people]) => ({ from: Number(from), to: Number(from) + width, people }));
}

export function conversions(recount: Recount): object {
  const purchases = recount.monthPurchases;
  const revenue = ['', 'EUR'].map((currency) => ({ currency, amount: sum(purchases.filter(({ line }) => (line.currency ?? '') === currency).map(({ total }) => total)) }));
  return {
    count: purchases.length,
    revenue: revenue.filter(({ amount }) => amount > 0),
    bySegment: tallied(purchases.map(({ line }) => recount.segmentBefore(line) ?? '')).map(([segment, count]) => ({ segment: segment || null, count })),
  };
}

export const lateConversions = (recount: Recount): number => recount.monthPurchases.filter(({ line }) => line.source !== 'import' && line.seenAtMs - line.atMs > dayMs / 24).length;

export interface CohortRow {
  cohort: string;
  month: string;
  people: number;
  mean: number;
  lowest10: number;
  median: number;
  highest10: number;
}

/** The last twelve months' people, by the month in which anything was first seen of them. */
export function cohorts(recount: Recount, month: string): CohortRow[] {
  const byCohort = new Map<string, number[]>();
  for (const person of recount.people) {
    // Nobody but web keys speaks of them: they will be deleted.
    if (recount.events.every((event) => recount.personOf(event) !== person || event.source === 'web')) continue;
    // What rules ask for is remembered from before somebody was identified; other events and emails are not.
    const asked = recount.events.filter((event) => recount.personOf(event) === person && (event.name === 'product_viewed' || (event.name === 'purchase' && event.source !== 'web')));
    const firstMs = Math.min(recount.firstSignMs(person), ...asked.map(({ atMs }) => atMs));
    const cohort = new Date(firstMs).toISOString().slice(0, 7);
    byCohort.set(cohort, [...(byCohort.get(cohort) ?? []), recount.engagement(person, recount.madeAtMs)]);
  }
  const [year, number] = month.split('-').map(Number) as [number, number];
  const oldest = new Date(Date.UTC(year, number - 12)).toISOString().slice(0, 7);
  const shown = [...byCohort].filter(([cohort]) => cohort >= oldest && cohort <= month).sort(([a], [b]) => (a < b ? -1 : 1));
  return shown.map(([cohort, scores]) => {
    const sorted = scores.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
    return { cohort, month, people: scores.length, mean: sum(scores) / scores.length, lowest10: at(0.1), median: at(0.5), highest10: at(0.9) };
  });
}

/** By recency from the best fifth down, then by value from the worst fifth up. */
const groups = [
  ['New customers', 'Potential loyalists', 'Potential loyalists', 'Champions', 'Champions'],
  ['Promising', 'Potential loyalists', 'Potential loyalists', 'Loyal customers', 'Loyal customers'],
  ['About to sleep', 'About to sleep', 'Need attention', 'Loyal customers', 'Loyal customers'],
  ['Hibernating', 'Hibernating', 'At risk', 'At risk', 'Cannot lose them'],
  ['Hibernating', 'Hibernating', 'At risk', 'At risk', 'Cannot lose them'],
];

/** Buyers of the 365 days before the report, each by themselves, in groups by fifths; empty groups are left out. */
export function buyers(recount: Recount): Map<string, { people: number; recencyDays: number; frequency: number; monetary: number; spent: number }> {
  const recent = recount.purchases.filter(({ atMs }) => recount.madeAtMs - atMs < 365 * dayMs);
  const each = [...new Set(recent.map(({ person }) => person))].map((person) => {
    const own = recent.filter((one) => one.person === person);
    return { days: Math.floor((recount.madeAtMs - Math.max(...own.map(({ atMs }) => atMs))) / dayMs), times: own.length, spent: sum(own.map(({ total }) => total)) };
  });
  // Which fifth: that of the share of buyers who are worse.
  const fifth = (isWorse: (one: (typeof each)[number]) => boolean) => Math.min(5, 1 + Math.floor((5 * each.filter(isWorse).length) / each.length));
  const result = new Map<string, { people: number; recencyDays: number; frequency: number; monetary: number; spent: number }>();
  for (const buyer of each) {
    const recency = fifth(({ days }) => days > buyer.days);
    const frequency = fifth(({ times }) => times < buyer.times);
    const spending = fifth(({ spent }) => Math.round(spent) < Math.round(buyer.spent));
    const name = groups[5 - recency]?.[Math.ceil((frequency + spending) / 2) - 1] as string;
    const known = result.get(name) ?? { people: 0, recencyDays: 0, frequency: 0, monetary: 0, spent: 0 };
    result.set(name, { people: known.people + 1, recencyDays: known.recencyDays + buyer.days, frequency: known.frequency + buyer.times, monetary: 0, spent: sum([known.spent, buyer.spent]) });
  }
  for (const one of result.values()) Object.assign(one, { recencyDays: one.recencyDays / one.people, frequency: one.frequency / one.people, monetary: one.spent / one.people });
  return result;
}

/** Who was there in the month: did they buy in it, and did the score with which they went into it reach the threshold? */
export function outcomes(recount: Recount, enter: number): object[] {
  const there = recount.people.filter((person) => atEnd(recount, person) !== undefined);
  const bought = new Set(recount.monthPurchases.map(({ person }) => person));
  return ['above', 'below'].flatMap((row) =>
    ['above', 'below'].map((column) => ({
      row,
      column,
      people: there.filter((person) => bought.has(person) === (row === 'above') && recount.engagement(person, recount.fromMs) >= enter === (column === 'above')).length,
    })),
  );
}

/** The last thing that each person said in the month, by their segment when they were asked. To say the same again by the same link says nothing new. */
export function answers(recount: Recount): { segment: string; answers: { value: string; count: number }[] }[] {
  const said = recount.answers.map((line) => ({ ...line, email: recount.emails.find(({ sendId }) => sendId === line.sendId) as EmailLine }));
  const byLink = Map.groupBy(said, ({ email }) => `${recount.ownerOf(email)} ${email.step}`);
  const lasting = [...byLink.values()].flatMap((lines) => lines.filter(({ answer }, index) => answer !== lines[index - 1]?.answer).slice(-1));
  const byPerson = Map.groupBy(
    lasting.filter(({ atMs }) => recount.isInMonth(atMs)),
    ({ email }) => recount.ownerOf(email),
  );
  const voices = [...byPerson.values()].map((lines) => {
    const { atMs, answer, email } = lines.reduce((best, line) => (line.atMs > best.atMs ? line : best));
    const at = (instantMs: number) => recount.segmentAt(recount.ownerAt(email, instantMs), instantMs);
    return { segment: at(email.atMs - 1) ?? at(atMs), answer };
  });
  return names.flatMap((segment) => {
    const counts = ['yes', 'partly', 'no'].map((value) => ({ value, count: voices.filter((one) => one.segment === segment && one.answer === value).length }));
    const given = counts.filter(({ count }) => count > 0);
    return given.length === 0 ? [] : [{ segment, answers: given }];
  });
}
