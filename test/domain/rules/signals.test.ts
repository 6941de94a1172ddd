import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { countWithin, mergeSignals, oneEvent, signalId, sumWithin, totalOf, type SignalDefinition, type SignalState } from '../../../lambdas/domain/rules/signals.ts';

const day = 86_400_000;
const definition: SignalDefinition = { id: 's', event: 'purchase', keep: 4, sum: { property: 'total', days: 10 } };
const happening = fc.record({ atMs: fc.integer({ min: 0, max: 30 * day }), amount: fc.integer({ min: -50, max: 500 }) });
type Happening = { atMs: number; amount: number };

const stateOf = (list: Happening[]): SignalState | undefined =>
  list.reduce<SignalState | undefined>((state, { atMs, amount }) => mergeSignals(definition, state, oneEvent(definition, atMs, amount)), undefined);

describe('a signal', () => {
  test('answers every count up to what it keeps as if it had kept everything', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), fc.integer({ min: 1, max: 30 * day }), (list, windowMs) => {
        const nowMs = 30 * day;
        const exact = list.filter(({ atMs }) => nowMs - atMs < windowMs).length;
        expect(countWithin(stateOf(list)?.recentAtMs ?? [], nowMs, windowMs)).toBe(Math.min(exact, definition.keep));
      }),
    );
  });

  test('sums today and the days before it, whole UTC days', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (list, days) => {
        const newest = Math.max(...list.map(({ atMs }) => atMs));
        const today = Math.floor(newest / day);
        const exact = list.filter(({ atMs }) => Math.floor(atMs / day) > today - days).reduce((sum, { amount }) => sum + amount, 0);
        expect(sumWithin(stateOf(list), newest, days)).toBe(exact);
      }),
    );
  });

  test('sums over all time, beside days or alone', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 30 }), fc.constantFrom(0, 10), (list, days) => {
        const ever: SignalDefinition = { ...definition, sum: { property: 'total', days, ever: true } };
        const state = list.reduce<SignalState | undefined>((before, { atMs, amount }) => mergeSignals(ever, before, oneEvent(ever, atMs, amount)), undefined) as SignalState;
        expect(totalOf(state)).toBe(list.reduce((sum, { amount }) => sum + amount, 0));
        expect(state.dailySums !== undefined).toBe(days > 0);
      }),
    );
    // A profile from before the rule knows what its days say.
    const ever: SignalDefinition = { ...definition, sum: { property: 'total', days: 10, ever: true } };
    expect(totalOf(mergeSignals(ever, stateOf([{ atMs: 0, amount: 5 }, { atMs: day, amount: 7 }]), oneEvent(ever, 2 * day, 3)))).toBe(15);
  });

  test('is the same in any order and any split', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 2, maxLength: 20 }), fc.nat(), (list, seed) => {
        const cut = 1 + (seed % (list.length - 1));
        const merged = mergeSignals(definition, stateOf(list.slice(cut)), stateOf(list.slice(0, cut)) as SignalState);
        expect(merged).toEqual(stateOf(list));
        expect(stateOf([...list].reverse())).toEqual(stateOf(list));
      }),
    );
  });

  test('is stored whole, whatever of it there is', () => {
    const states = fc.record({ count: fc.nat(), firstAtMs: fc.nat(), recentAtMs: fc.array(fc.nat()), dailySums: fc.dictionary(fc.nat().map(String), fc.integer()), sessions: fc.array(fc.tuple(fc.nat(), fc.nat())), total: fc.integer() }, { requiredKeys: ['count', 'firstAtMs', 'recentAtMs'] });
    fc.assert(
      fc.property(states, (state) => {
        const { signals } = decodeProfile(structuredClone(encodeProfile({ ...emptyProfile('u#ana'), signals: { s: state as SignalState } })));
        expect(signals).toEqual({ s: state });
      }),
    );
  });

  test('has an id that the order of filters and their keys does not change', () => {
    const a = { property: 'genre', eq: 'crime' };
    const b = { property: 'price', gte: 10, lt: 20 };
    expect(signalId('purchase', [a, b])).toBe(signalId('purchase', [{ lt: 20, gte: 10, property: 'price' }, a]));
    expect(signalId('purchase', [a])).not.toBe(signalId('purchase', [b]));
    expect(signalId('purchase')).not.toBe(signalId('add_to_cart'));
  });
});
