import type { SharedTime } from './virtual-time.ts';

/** Puts the global `Date` of this thread on virtual time. Timers stay real. */
export function shiftDate(time: SharedTime): void {
  const RealDate = Date;
  const nowMs = () => time.at(RealDate.now());
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget) as object,
    apply: () => new RealDate(nowMs()).toString(),
    get: (target, key) => (key === 'now' ? nowMs : (Reflect.get(target, key) as unknown)),
  });
}
