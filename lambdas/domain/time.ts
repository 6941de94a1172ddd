export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Number of the UTC day that an instant lies in. */
export const utcDay = (atMs: number): number => Math.floor(atMs / dayMs);
