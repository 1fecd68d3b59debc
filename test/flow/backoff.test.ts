import { Backoff } from '#dist/flow/backoff.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const anyLimits = fc
  .record({
    firstS: fc.double({ min: 0.001, max: 100, noNaN: true }),
    over: fc.double({ min: 1, max: 1e4, noNaN: true }),
  })
  .map(({ firstS, over }) => ({ firstS, mostS: firstS * over }));
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** What the draws of a test give, one after another. */
const drawing = (values: readonly number[]) => {
  let i = 0;
  return (): number => values[i++ % values.length]!;
};

describe('a backoff', () => {
  test('doubles its pauses up to the cap, here with the luck that makes them longest', () => {
    const backoff = new Backoff({ firstS: 1, mostS: 60 }, () => 0);
    expect(Array.from({ length: 9 }, () => backoff.next())).toEqual(
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1000),
    );
  });

  test('draws each pause from the upper half of its bound, and never longer than the cap', () => {
    const draws = fc.array(chance, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyLimits, draws, fc.integer({ min: 1, max: 90 }), (limits, values, tries) => {
        const backoff = new Backoff(limits, drawing(values));
        for (let i = 0; i < tries; i++) {
          const boundMs = 1000 * Math.min(limits.mostS, limits.firstS * 2 ** i);
          const pauseMs = backoff.next();
          expect(pauseMs).toBeGreaterThan(0);
          expect(pauseMs).toBeGreaterThanOrEqual(boundMs / 2);
          expect(pauseMs).toBeLessThanOrEqual(boundMs);
          expect(pauseMs).toBeLessThanOrEqual(1000 * limits.mostS);
        }
      }),
    );
  });

  test('starts at the first pause again after a reset, whenever that comes', () => {
    fc.assert(
      fc.property(anyLimits, fc.nat(100), (limits, tries) => {
        const backoff = new Backoff(limits, () => 0);
        for (let i = 0; i < tries; i++) backoff.next();
        backoff.reset();
        expect(backoff.next()).toBe(1000 * limits.firstS);
      }),
    );
  });

  test('stays at its cap, a number, after more tries than a double has powers of two', () => {
    const backoff = new Backoff({ firstS: 1, mostS: 60 }, () => 0);
    for (let i = 0; i < 2000; i++) backoff.next();
    expect(backoff.next()).toBe(60_000);
  });

  test('brings cameras back at different times', () => {
    const pauses = Array.from({ length: 50 }, () => new Backoff({ firstS: 1, mostS: 60 }).next());
    expect(new Set(pauses).size).toBeGreaterThan(40);
  });
});
