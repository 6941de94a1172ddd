import { chiSquareTail, logBeta } from './gamma.ts';
import { alwaysValid } from './sequential.ts';

/** People of one arm, those who converted, and what they spent, each person once. */
export interface Arm {
  people: number;
  converted: number;
  revenue: number;
  /** Sum of the squares of each person's revenue. */
  revenueSquared: number;
}

export interface Interval {
  from: number;
  to: number;
}

/** Below this p-value, people were not assigned as planned, and no comparison can be trusted: Fabijan et al., KDD 2019. */
export const sampleRatioLimit = 0.0005;

/**
 * Pearson's chi-squared test of how many people came into each arm.
 * @param shares what was planned, in the order of the counts; need not sum to 1
 * @returns the probability of a deviation at least this large
 */
export function sampleRatio(counts: readonly number[], shares: readonly number[]): number {
  const [people, planned] = [total(counts), total(shares)];
  if (people === 0 || counts.length < 2) return 1;
  const expected = shares.map((share) => (share / planned) * people);
  return chiSquareTail(total(counts.map((count, index) => (count - expected[index]!) ** 2 / expected[index]!)), counts.length - 1);
}

/** Typical size of a difference in conversion rates. A wrong guess costs power, never validity. */
const typicalDifference = 0.02;

/**
 * The difference in conversion rates with an interval that holds at every look at once (see {@link alwaysValid}), with the normal
 * approximation for rates, so it needs some conversions in each arm.
 * @param alpha share of false alarms over all looks together
 * @returns `p`: always-valid p-value of "no difference"
 */
export function difference(control: Arm, treated: Arm, alpha = 0.05): Interval & { estimate: number; p: number } {
  const estimate = rate(treated) - rate(control);
  const pooled = (control.converted + treated.converted) / (control.people + treated.people);
  const variance = pooled * (1 - pooled) * (1 / control.people + 1 / treated.people);
  if (!(variance > 0)) return { estimate: estimate || 0, from: -1, to: 1, p: 1 };
  const { from, to, p } = alwaysValid(estimate, variance, typicalDifference, alpha);
  return { estimate, from: Math.max(-1, from), to: Math.min(1, to), p };
}

/**
 * Probability that the treated arm's rate is above the control's, both with a uniform prior: the closed form of Evan Miller,
 * "Formulas for Bayesian A/B testing" (2015), equation 6.
 */
export function chanceToBeBetter(control: Pick<Arm, 'people' | 'converted'>, treated: Pick<Arm, 'people' | 'converted'>): number {
  const [aA, bA] = [control.converted + 1, control.people - control.converted + 1];
  const [aB, bB] = [treated.converted + 1, treated.people - treated.converted + 1];
  let sum = 0;
  for (let i = 0; i < aB; i += 1) sum += Math.exp(logBeta(aA + i, bA + bB) - Math.log(bB + i) - logBeta(1 + i, bB) - logBeta(aA, bA));
  return Math.min(1, sum);
}

/** Standard deviations of a normal distribution within which 95 percent lie. */
export const normal95 = 1.959964;

/** Revenue for each person, and the 95 percent interval of its difference to the control: Welch 1947, normal quantile. Good for one look. */
export function revenueDifference(control: Arm, treated: Arm): Interval & { control: number; treated: number } {
  const [a, b] = [perPerson(control), perPerson(treated)];
  const reach = normal95 * Math.sqrt(a.variance + b.variance);
  return { control: a.mean, treated: b.mean, from: b.mean - a.mean - reach, to: b.mean - a.mean + reach };
}

/** Mean, and the variance of the mean. */
function perPerson({ people, revenue, revenueSquared }: Arm): { mean: number; variance: number } {
  if (people === 0) return { mean: 0, variance: 0 };
  const mean = revenue / people;
  return { mean, variance: people < 2 ? 0 : Math.max(0, revenueSquared - people * mean ** 2) / (people - 1) / people };
}

const rate = ({ people, converted }: Arm): number => (people === 0 ? 0 : converted / people);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** With fewer, the normal approximation is not good enough. */
export const leastConverted = 10;

export type Verdict =
  | { kind: 'blocked'; sampleRatioP: number }
  | { kind: 'too-few'; needed: number }
  | { kind: 'undecided' | 'better' | 'worse'; conversion: ReturnType<typeof difference>; chance: number; revenue: ReturnType<typeof revenueDifference> };

/** Share of false alarms over all looks and all arms of one experiment. */
const experimentAlpha = 0.05;

/**
 * The part of it that each of several comparisons may use, so that all together stay within it: Dunn, "Multiple Comparisons Among Means", Journal of the
 * American Statistical Association 56 (1961), known by Bonferroni's name.
 */
export const alphaOf = (comparisons: number): number => experimentAlpha / Math.max(1, comparisons);

/** The verdict on an arm against the control. @param sampleRatioP of the whole campaign @param alpha see {@link alphaOf} */
export function verdict(control: Arm, treated: Arm, sampleRatioP: number, alpha = experimentAlpha): Verdict {
  if (sampleRatioP < sampleRatioLimit) return { kind: 'blocked', sampleRatioP };
  if (Math.min(control.converted, treated.converted) < leastConverted) return { kind: 'too-few', needed: leastConverted };
  const conversion = difference(control, treated, alpha);
  const kind = conversion.from > 0 ? 'better' : conversion.to < 0 ? 'worse' : 'undecided';
  return { kind, conversion, chance: chanceToBeBetter(control, treated), revenue: revenueDifference(control, treated) };
}

/** A verdict in a sentence for readers without statistics. */
export function inWords(arm: string, control: string, found: Verdict): string {
  if (found.kind === 'blocked')
    return `No verdict: the numbers of people in the arms are not what was planned (p = ${found.sampleRatioP.toPrecision(2)}). Something lets people of one arm get lost; look for it before you trust any number here.`;
  if (found.kind === 'too-few') return `${arm} and ${control} need at least ${found.needed} people each who converted.`;
  const { estimate, from, to } = found.conversion;
  const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)}`;
  const range = `${points(estimate)} points (${points(from)} to ${points(to)})`;
  const chance = `the chance that it is better is ${(found.chance * 100).toFixed(0)} percent`;
  if (found.kind === 'undecided') return `${arm} converts ${range} against ${control}; ${chance}. More people will tell.`;
  return `${arm} is ${found.kind} than ${control}: ${range}; ${chance}. This holds however often somebody looks.`;
}
