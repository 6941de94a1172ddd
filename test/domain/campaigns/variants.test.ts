import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../../lambdas/domain/campaigns/holdout.ts';
import { isInHoldout, stepInVariant, variantOf } from '../../../lambdas/domain/campaigns/variants.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';

const people = Array.from({ length: 20_000 }, (_, index) => `u#${index}`);
const shareOf = (holds: (userKey: string) => boolean) => people.filter(holds).length / people.length;

describe('variants', () => {
  const variants = { a: { weight: 1, steps: {} }, b: { weight: 3, steps: {} } };

  test('are given by weight, and to each person always the same', () => {
    expect(shareOf((userKey) => variantOf('c', { variants }, userKey) === 'b')).toBeCloseTo(0.75, 1);
    expect(people.every((userKey) => variantOf('c', { variants }, userKey) === variantOf('c', { variants }, userKey))).toBe(true);
  });

  test('of two campaigns are independent', () => {
    const both = shareOf((userKey) => variantOf('c', { variants }, userKey) === 'b' && variantOf('d', { variants }, userKey) === 'b');
    expect(both).toBeCloseTo(0.75 ** 2, 1);
  });

  test('end with a winner', () => {
    expect(new Set(people.map((userKey) => variantOf('c', { variants, winner: 'a' }, userKey)))).toEqual(new Set(['a']));
    expect(variantOf('c', {}, 'u#1')).toBeUndefined();
  });

  test('change what they name, and nothing else', () => {
    const campaign = bookstore.campaigns.abandoned_cart!;
    const offer = campaign.steps.offer!;
    expect(stepInVariant(campaign, 'offer', offer, 'bold')).toEqual({ ...offer, email: 'abandoned-cart-offer-bold' });
    expect(stepInVariant(campaign, 'offer', offer, 'calm')).toEqual(offer);
  });
});

describe('holdouts', () => {
  const campaign = { holdout: 0.2, transactional: false };

  test('take their share, over all campaigns and for each', () => {
    expect(shareOf((userKey) => isInHoldout({ holdout: 0 }, 'c', campaign, userKey))).toBeCloseTo(0.2, 1);
    expect(shareOf((userKey) => isInHoldout({ holdout: 0.1 }, 'c', campaign, userKey))).toBeCloseTo(1 - 0.8 * 0.9, 1);
    const everywhere = people.filter((userKey) => isHeldOut(userKey, 0.1));
    expect(everywhere.every((userKey) => isInHoldout({ holdout: 0.1 }, 'any', { holdout: 0, transactional: false }, userKey))).toBe(true);
  });

  test('do not hold back transactional mail', () => {
    expect(shareOf((userKey) => isInHoldout({ holdout: 0.5 }, 'c', { holdout: 0.5, transactional: true }, userKey))).toBe(0);
  });
});
