export interface Span {
  fromMs: number;
  /** The first instant after it. */
  untilMs: number;
}

/** A calendar month in UTC. */
export interface Period extends Span {
  /** Such as 2026-10. */
  month: string;
}

export const isMonth = (text: string): boolean => /^\d{4}-(0[1-9]|1[0-2])$/.test(text);

/** @throws Error naming the value when it is no month */
export function periodOf(month: string): Period {
  const fromMs = Date.parse(`${month}-01T00:00:00Z`);
  if (!isMonth(month)) throw new Error(`month ${JSON.stringify(month)}: must be a year and a month, such as 2026-10`);
  const from = new Date(fromMs);
  return { month, fromMs, untilMs: Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1) };
}

export const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);

export const previousMonth = (atMs: number): string => monthsBefore(monthOf(atMs), 1);

/** The month so many before another one. */
export function monthsBefore(month: string, count: number): string {
  const from = new Date(periodOf(month).fromMs);
  return monthOf(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() - count));
}

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

export const isIn = ({ fromMs, untilMs }: Span, atMs: number): boolean => atMs >= fromMs && atMs < untilMs;
