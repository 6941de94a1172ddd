export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Number of the UTC day that an instant lies in. */
export const utcDay = (atMs: number): number => Math.floor(atMs / dayMs);

/** Seconds since 1970 at which an item may go, for DynamoDB's time to live. */
export const expiryS = (fromMs: number, keepDays: number): number => Math.floor((fromMs + keepDays * dayMs) / 1000);
