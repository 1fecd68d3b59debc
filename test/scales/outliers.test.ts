import { countOutliers, outlierFactors } from '#dist/scales/outliers.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** Local outlier factors straight from their definition, in O(n²): every distance, sorted. */
function slowFactors(values: readonly number[], neighbours: number): number[] {
  const k = Math.min(neighbours, values.length - 1);
  if (k < 1) return values.map(() => 1);
  // In the order of the values, so that of equals the same ones are near in both.
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const place = new Map(order.map((i, at) => [i, at]));
  const near = values.map((value, i) => {
    const others = values.map((_, j) => j).filter((j) => j !== i);
    const apart = (j: number): number => Math.abs(values[j]! - value);
    const side = (j: number): number => (place.get(j)! < place.get(i)! ? 0 : 1);
    const steps = (j: number): number => Math.abs(place.get(j)! - place.get(i)!);
    return others.sort((a, b) => apart(a) - apart(b) || side(a) - side(b) || steps(a) - steps(b)).slice(0, k);
  });
  const reach = near.map((others, i) => Math.max(...others.map((j) => Math.abs(values[j]! - values[i]!))));
  const density = near.map((others, i) => {
    const sum = others.reduce((all, j) => all + Math.max(reach[j]!, Math.abs(values[j]! - values[i]!)), 0);
    return 1 / (sum / k + 1e-10);
  });
  return near.map((others, i) => others.reduce((all, j) => all + density[j]!, 0) / k / density[i]!);
}

const anyValues = fc.oneof(
  fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 80 }),
  // Many equal ones.
  fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 80 }),
);

describe('local outlier factors', () => {
  test('are those of the definition', () => {
    fc.assert(
      fc.property(anyValues, fc.integer({ min: 1, max: 25 }), (values, k) => {
        const slow = slowFactors(values, k);
        const fast = outlierFactors(values, k);
        expect(fast).toHaveLength(values.length);
        for (const [i, factor] of slow.entries()) expect(fast[i]! / factor).toBeCloseTo(1, 6);
      }),
      { numRuns: 300 },
    );
  });

  test('of five numbers are those that were worked out by hand', () => {
    // k = 2. Of 0, 1, 2, 3 and 10 the two nearest are at most 2, 1, 1, 2 and 8 away. Mean reachable distances: (1+2)/2,
    // (2+1)/2, (1+2)/2, (1+2)/2 and (8+7)/2; so the first four are as dense as their neighbours and the last a fifth.
    const factors = [...outlierFactors([0, 1, 2, 3, 10], 2)];
    expect(factors.map((factor) => Math.round(factor * 1e6) / 1e6)).toEqual([1, 1, 1, 1, 5]);
  });

  test('do not depend on where and how large the numbers are', () => {
    const values = Array.from({ length: 60 }, (_, i) => Math.sin(i * i) + (i === 7 ? 9 : 0));
    const factors = outlierFactors(values);
    const moved = outlierFactors(values.map((value) => 1000 * value - 77));
    for (const [i, factor] of factors.entries()) expect(moved[i]! / factor).toBeCloseTo(1, 6);
  });
});

describe('outliers', () => {
  const crowd = Array.from({ length: 100 }, (_, i) => i / 100);

  test('are counted on both sides of a crowd, and none in it', () => {
    expect(countOutliers(crowd)).toBe(0);
    expect(countOutliers([...crowd, 5])).toBe(1);
    expect(countOutliers([-9, ...crowd, 5, 5.2])).toBe(3);
  });

  test('are a group only while it is smaller than the neighbours that are looked at', () => {
    const group = (size: number): number[] => Array.from({ length: size }, (_, i) => 50 + i / 100);
    expect(countOutliers([...crowd, ...group(10)])).toBe(10);
    expect(countOutliers([...crowd, ...group(40)])).toBe(0);
  });

  test('are none among equals, of one, of two and of nothing', () => {
    expect(countOutliers(Array<number>(50).fill(0.25))).toBe(0);
    for (const values of [[], [3], [3, 4]]) expect(countOutliers(values)).toBe(0);
  });

  test('are what lies beside many equals', () => {
    expect(countOutliers([...Array<number>(50).fill(0.25), 0.26])).toBe(1);
  });
});
