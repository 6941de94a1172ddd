import type { Arm, Interval } from './experiments.ts';
import { alwaysValid } from './sequential.ts';

type Counts = Pick<Arm, 'people' | 'converted'>;

/** By what factor rates typically differ, as a logarithm: about a fifth. A bad guess costs power, never validity. */
const typicalLogRatio = 0.2;

/**
 * By what share the treated arm converts more often than the control, such as a holdout: 0.25 is a quarter more, -1 is never. The interval
 * holds at every look at once. It is that of the logarithm of the ratio, whose variance is that of Katz, Baptista, Azen and Pike,
 * "Obtaining Confidence Intervals for the Risk Ratio in Cohort Studies", Biometrics 34 (1978).
 * @returns undefined while nobody in one of the arms has converted
 */
export function relativeLift(control: Counts, treated: Counts, alpha = 0.05): (Interval & { estimate: number; p: number }) | undefined {
  const known = logRatio(control, treated);
  if (known === undefined) return undefined;
  const { from, to, p } = alwaysValid(known.estimate, known.variance, typicalLogRatio, alpha);
  return { estimate: Math.expm1(known.estimate), from: Math.expm1(from), to: Math.expm1(to), p };
}

/** The logarithm of the ratio of two rates, and its variance; undefined where either does not exist. */
export function logRatio(control: Counts, treated: Counts): { estimate: number; variance: number } | undefined {
  if (control.converted === 0 || treated.converted === 0) return undefined;
  const estimate = Math.log((treated.converted * control.people) / (control.converted * treated.people));
  const variance = 1 / treated.converted - 1 / treated.people + 1 / control.converted - 1 / control.people;
  return variance > 0 ? { estimate, variance } : undefined;
}
