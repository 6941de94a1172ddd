export interface AlwaysValid {
  from: number;
  to: number;
  /** Always-valid p-value of "the effect is 0". */
  p: number;
}

/**
 * Interval and p-value of an effect that hold at every look at once, however often somebody looks: the mixture sequential probability
 * ratio test with a normal mixture, Johari, Koomen, Pekelis and Walsh, "Peeking at A/B tests", KDD 2017 (equations 4 and 6).
 * @param variance of the estimate, whose distribution is taken as normal; above 0
 * @param typical size of an effect; a bad guess costs power, never validity
 * @param alpha share of false alarms over all looks together
 */
export function alwaysValid(estimate: number, variance: number, typical: number, alpha: number): AlwaysValid {
  const mixture = typical ** 2;
  const both = variance + mixture;
  const evidence = Math.sqrt(variance / both) * Math.exp((mixture * estimate ** 2) / (2 * variance * both));
  const reach = Math.sqrt(((variance * both) / mixture) * (2 * Math.log(1 / alpha) + Math.log(both / variance)));
  return { from: estimate - reach, to: estimate + reach, p: Math.min(1, 1 / evidence) };
}
