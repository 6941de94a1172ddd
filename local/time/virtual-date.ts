import { virtualAt, type TimeOrigin } from './virtual-time.ts';

/** Puts the global `Date` of this thread on virtual time. Timers stay real. */
export function shiftDate(origin: TimeOrigin): void {
  const RealDate = Date;
  const nowMs = () => virtualAt(origin, RealDate.now());
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget) as object,
    apply: () => new RealDate(nowMs()).toString(),
    get: (target, key) => (key === 'now' ? nowMs : (Reflect.get(target, key) as unknown)),
  });
}
