import { hourMs } from '../time.ts';

const maxCount = 255;

/** Hours of activity with one more event. Any order gives the same counts. */
export const withHour = (hours: readonly number[], atMs: number): number[] => mergeHours(hours, oneHour(atMs));

/** Commutative and associative, as a sum is that stops at 255. */
export function mergeHours(a: readonly number[], b: readonly number[]): number[] {
  if (a.length === 0 || b.length === 0) return [...(a.length === 0 ? b : a)];
  return a.map((count, hour) => Math.min(maxCount, count + (b[hour] ?? 0)));
}

/** The hour of the UTC day with most activity, the earliest of several; undefined when nothing is known. */
export function busiestHour(hours: readonly number[]): number | undefined {
  const most = Math.max(0, ...hours);
  return most === 0 ? undefined : hours.indexOf(most);
}

const oneHour = (atMs: number): number[] => {
  const hours = Array.from({ length: 24 }, () => 0);
  hours[Math.floor(atMs / hourMs) % 24] = 1;
  return hours;
};
