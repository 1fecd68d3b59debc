import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadQualityBench, sum } from '../../support/quality-bench.ts';
import { Random } from '../../support/random.ts';

const { bootstrapMean, quantile, randomNumbers, shuffled } = await loadQualityBench();
const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 15 });

describe('the bootstrap interval of a mean', () => {
  test('lies inside the range of the values', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { mean, low, high, clips } = bootstrapMean(list, { resamples: 100 })!;
        expect(mean).toBeCloseTo(sum(list) / list.length, 9);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...list) + 1e-9);
        expect(clips).toBe(list.length);
      }),
    );
  });

  test('is that of a normal mean for many normal values', () => {
    const list = Array.from(new Random(5).grid(400));
    const { mean, low, high } = bootstrapMean(list)!;
    const deviation = Math.sqrt(sum(list.map((value) => (value - mean) ** 2)) / list.length);
    const half = (1.96 * deviation) / Math.sqrt(list.length);
    expect((mean - low) / half).toBeCloseTo(1, 0);
    expect((high - mean) / half).toBeCloseTo(1, 0);
    expect((high - low) / (2 * half)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * half)).toBeLessThan(1.1);
  });

  test('repeats with its seed and moves with another', () => {
    const list = Array.from(new Random(6).grid(12));
    expect(bootstrapMean(list, { seed: 3 })).toEqual(bootstrapMean(list, { seed: 3 }));
    expect(bootstrapMean(list, { seed: 3 })!.low).not.toBe(bootstrapMean(list, { seed: 4 })!.low);
  });

  test('has no width for one clip and does not exist for none', () => {
    expect(bootstrapMean([7])).toEqual({ mean: 7, low: 7, high: 7, clips: 1 });
    expect(bootstrapMean([])).toBeUndefined();
  });
});

describe('a quantile', () => {
  test('has its share of the values below it', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const at = quantile(list, share);
        const below = list.filter((value) => value < at - 1e-9).length;
        const upTo = list.filter((value) => value <= at + 1e-9).length;
        expect(below).toBeLessThanOrEqual(Math.ceil(share * (list.length - 1)));
        expect(upTo).toBeGreaterThanOrEqual(Math.floor(share * (list.length - 1)) + 1);
      }),
    );
  });

  test('runs straight between neighbours', () => {
    expect(quantile([30, 10], 0.25)).toBe(15);
    expect(() => quantile([], 0.5)).toThrow(/no quantile of no values/);
  });
});

describe('random numbers', () => {
  test('are even over [0, 1) and repeat with their seed', () => {
    const [a, b] = [randomNumbers(9), randomNumbers(9)];
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const value = a();
      expect(b()).toBe(value);
      counts[Math.floor(value * 10)]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('shuffle without loss, and leave the list alone', () => {
    fc.assert(
      fc.property(values, fc.integer(), (list, seed) => {
        const before = [...list];
        const mixed = shuffled(list, randomNumbers(seed));
        expect(list).toEqual(before);
        expect([...mixed].sort((a, b) => a - b)).toEqual([...list].sort((a, b) => a - b));
      }),
    );
  });

  test('shuffle into every order about equally often', () => {
    const next = randomNumbers(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled('abc', next).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
