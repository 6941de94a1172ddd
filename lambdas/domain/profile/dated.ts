/** A value and the time of the event that set it. The newest wins; of two with the same time, the one that comes later in the stream. */
export interface Dated {
  value: unknown;
  atMs: number;
}

/** The newer of two facts, of which `b` comes later in the stream; at the same instant, `b`. */
export const laterSaid = <T extends Dated>(a: T | undefined, b: T): T => (a === undefined || b.atMs >= a.atMs ? b : a);

/** The newer of two facts whose order in the stream is unknown; at the same instant, the first one stays. */
export const newer = <T extends Dated>(a: T | undefined, b: T): T => (a === undefined || b.atMs > a.atMs ? b : a);
