import { stricter } from '#dist/scales/scale-policy.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const pressure = fc.double({ min: 0, max: 1, noNaN: true });

describe('what a change must be worth under pressure', () => {
  test('is what it always is without any, and sixteen times as much under all of it', () => {
    expect(stricter(0)).toBe(1);
    expect(stricter(1)).toBe(16);
  });

  test('never falls as the pressure rises', () => {
    fc.assert(
      fc.property(pressure, pressure, (a, b) => {
        expect(stricter(Math.max(a, b))).toBeGreaterThanOrEqual(stricter(Math.min(a, b)));
      }),
    );
  });
});
