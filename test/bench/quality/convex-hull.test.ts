import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadQualityBench } from '../../support/quality-bench.ts';

const { lowerHull } = await loadQualityBench();
const point = fc.record({ tokens: fc.integer({ min: 1, max: 40 }), error: fc.integer({ min: 0, max: 1000 }) });
const points = fc.array(point, { minLength: 1, maxLength: 15 });

describe('the lower hull', () => {
  test('saves less error a token with every step', () => {
    fc.assert(
      fc.property(points, (all) => {
        const hull = lowerHull(all);
        const slopes = hull.slice(1).map((b, i) => (hull[i]!.error - b.error) / (b.tokens - hull[i]!.tokens));
        for (const slope of slopes) expect(slope).toBeGreaterThan(0);
        for (let i = 1; i < slopes.length; i++) expect(slopes[i]).toBeLessThan(slopes[i - 1]!);
      }),
    );
  });

  test('holds the cheapest point at every price, and nothing that is not one of the points', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0, max: 500, noNaN: true }), (all, price) => {
        const hull = lowerHull(all);
        const least = (list: typeof all): number => Math.min(...list.map((p) => p.error + price * p.tokens));
        expect(least(hull)).toBeCloseTo(least(all), 6);
        for (const corner of hull) expect(all).toContain(corner);
      }),
    );
  });
});
