import { chanceToBeBetter, type Arm } from './experiments.ts';
import { logBeta } from './gamma.ts';

type Counts = Pick<Arm, 'people' | 'converted'>;

/**
 * What is lost on average, in conversions for each person, by choosing one arm when the other may be better: the mean of max(0, other -
 * chosen), both with a uniform prior. Stucchio, "Bayesian A/B Testing at VWO" (2015), chapter 6, in closed form: x times the density of
 * Beta(a, b) is its mean times that of Beta(a + 1, b).
 */
export function expectedLoss(chosen: Counts, other: Counts): number {
  const gain = mean(other) * chanceToBeBetter(chosen, oneMore(other)) - mean(chosen) * chanceToBeBetter(oneMore(chosen), other);
  return Math.max(0, gain);
}

/** Posterior distribution of the rate. */
const mean = ({ people, converted }: Counts): number => (converted + 1) / (people + 2);
const oneMore = ({ people, converted }: Counts): Counts => ({ people: people + 1, converted: converted + 1 });

const stepsForEach = 4000;
/** Standard deviations around the mean within which a rate lies, as good as certainly; near 0 its tail is exponential, and long. */
const reach = 20;

/**
 * Probability of each arm to have the highest rate of all, with uniform priors: the integral of its density times the distributions of the
 * others. For two arms {@link chanceToBeBetter} is exact; this is off by less than 1e-5 for any number of them.
 */
export function chanceToBeBest(arms: readonly Counts[]): number[] {
  // Each arm brings edges that are fine enough for it, however narrow it is beside the others.
  const edges = [...new Set(arms.flatMap(edgesFor))].sort((a, b) => a - b);
  const below = arms.map(() => 0);
  const chances = arms.map(() => 0);
  for (let step = 1; step < edges.length; step += 1) {
    const [from, to] = [edges[step - 1] as number, edges[step] as number];
    const masses = arms.map((arm) => density(arm, (from + to) / 2) * (to - from));
    masses.forEach((mass, index) => {
      // The others up to the middle of the step.
      chances[index]! += masses.reduce(
        (product, other, place) => (place === index ? product : product * ((below[place] as number) + other / 2)),
        mass,
      );
    });
    masses.forEach((mass, index) => (below[index]! += mass));
  }
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}

function edgesFor(arm: Counts): number[] {
  const deviation = Math.sqrt((mean(arm) * (1 - mean(arm))) / (arm.people + 3));
  const from = Math.max(0, mean(arm) - reach * deviation);
  const to = Math.min(1, mean(arm) + reach * deviation);
  return Array.from({ length: stepsForEach + 1 }, (_, step) => from + ((to - from) * step) / stepsForEach);
}

function density({ people, converted }: Counts, rate: number): number {
  return Math.exp(converted * Math.log(rate) + (people - converted) * Math.log1p(-rate) - logBeta(converted + 1, people - converted + 1));
}
