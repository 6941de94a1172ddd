import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keptUntilMs, mergedKeeping, type Keeping } from '../../../lambdas/domain/profile/keeping.ts';
import { configWith, dayMs, startMs } from '../../support/events.ts';

const config = configWith({});
const forever = { retention: { ...config.retention, profileDays: null } };

describe('a profile is kept', () => {
  test('[P6] for 90 days after the last event while only web keys speak, and for three years once a server has spoken; up to a tenth longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * dayMs }), (offset) => {
        const web = (keptUntilMs(true, undefined, startMs + offset, config) as number) - startMs - offset;
        const known = (keptUntilMs(false, undefined, startMs + offset, config) as number) - startMs - offset;
        expect(web).toBeGreaterThanOrEqual(90 * dayMs);
        expect(web).toBeLessThan(99 * dayMs);
        expect(known).toBeGreaterThanOrEqual(1095 * dayMs);
        expect(known).toBeLessThan(1205 * dayMs);
      }),
    );
  });
  test('never for less time by an older event, and for good where the shop says so', () => {
    const late = keptUntilMs(true, undefined, startMs, config);
    expect(keptUntilMs(true, late, startMs - 50 * dayMs, config)).toBe(late);
    expect(keptUntilMs(false, undefined, startMs, forever)).toBeUndefined();
    expect(keptUntilMs(true, undefined, startMs, forever)).toBe(late);
  });
});

describe('two histories of one person', () => {
  const web = (expiresAtMs: number): Keeping => ({ onlyByWeb: true, expiresAtMs });
  const known = (expiresAtMs?: number): Keeping => ({ onlyByWeb: false, expiresAtMs });
  const nothing: Keeping = { onlyByWeb: true, expiresAtMs: undefined };
  test.each([
    [web(5), web(7), web(7)],
    [web(5), nothing, web(5)],
    [nothing, nothing, nothing],
    [known(9), web(5), known(9)],
    [known(), web(5), known()],
    [known(9), known(), known()],
    [known(9), known(8), known(9)],
    [known(9), nothing, known(9)],
  ])('%j and %j make %j, in either order', (a, b, merged) => {
    expect([mergedKeeping(a, b), mergedKeeping(b, a)]).toEqual([merged, merged]);
  });
});
