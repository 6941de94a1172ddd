/** Ties virtual to real time: `scale` virtual milliseconds pass per real one since `realMs`, when it was `virtualMs`. */
export interface TimeOrigin {
  virtualMs: number;
  realMs: number;
  scale: number;
}

export const virtualAt = (origin: TimeOrigin, realMs: number): number =>
  Math.floor(origin.virtualMs + Math.max(0, realMs - origin.realMs) * origin.scale);
