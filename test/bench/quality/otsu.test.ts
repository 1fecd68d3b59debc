import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadQualityBench, sum } from '../../support/quality-bench.ts';

const { otsuThreshold } = await loadQualityBench();
const distances = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 60 });
const WIDTH = 2 / 128;

/** Values as the histogram sees them: the centre of their bin. */
function binned(values: number[]): number[] {
  return values.map((value) => (Math.min(127, Math.floor(value / WIDTH)) + 0.5) * WIDTH);
}

/** Share · share · squared distance of the means, of the classes at most and above a value. */
function between(centres: number[], split: number): number {
  const low = centres.filter((value) => value <= split);
  const high = centres.filter((value) => value > split);
  if (low.length === 0 || high.length === 0) return 0;
  const gap = sum(low) / low.length - sum(high) / high.length;
  return (low.length * high.length * gap ** 2) / centres.length ** 2;
}

describe("Otsu's threshold", () => {
  test('parts the values with as much variance between the classes as any other threshold', () => {
    fc.assert(
      fc.property(distances, (values) => {
        const centres = binned(values);
        fc.pre(new Set(centres).size > 1);
        const best = Math.max(...centres.map((split) => between(centres, split)));
        expect(between(centres, otsuThreshold(values))).toBeCloseTo(best, 9);
      }),
    );
  });

  test('lies between two clouds, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (few, many) => {
        const threshold = otsuThreshold([...new Array<number>(few).fill(0.05), ...new Array<number>(many).fill(1.4)]);
        expect(threshold).toBeGreaterThan(0.03);
        expect(threshold).toBeLessThan(1.4);
      }),
    );
  });

  test('is the lower median where one bin holds all of them', () => {
    expect(otsuThreshold([0.001, 0.004, 0.002, 0.003])).toBe(0.002);
    expect(otsuThreshold([0.7])).toBe(0.7);
  });

  test('takes values beyond the ends as the ends', () => {
    expect(otsuThreshold([-1e-9, 2.1])).toBe(otsuThreshold([0, 2]));
  });

  test('does not exist for no values', () => {
    expect(() => otsuThreshold([])).toThrow(/Give at least one/);
  });
});
