/** Sums of prices, without the noise of binary fractions. */
export const cents = (amount: number): number => Math.round(amount * 100) / 100;

/** Sums of parts such as a third, likewise. */
export const millionths = (amount: number): number => Math.round(amount * 1e6) / 1e6;
