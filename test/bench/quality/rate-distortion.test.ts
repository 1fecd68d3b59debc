import { describe, expect, test } from 'vitest';
import { loadQualityBench } from '../../support/quality-bench.ts';

const { ratePoint } = await loadQualityBench();

describe('a point of a curve', () => {
  test('has the mean tokens, the error as a share of the energy, and the error that one frame in twenty exceeds', () => {
    const errors = Float64Array.from({ length: 101 }, (_, t) => t);
    const energies = new Float64Array(101).fill(200);
    const tokens = Float64Array.from({ length: 101 }, (_, t) => (t % 2 === 0 ? 0 : 101));
    const point = ratePoint({ tokens, errors, energies });
    expect(point.tokensPerFrame).toBe(50);
    expect(point.nmse).toBe(0.25);
    expect(point.p95).toBeCloseTo(95 / 200, 9);
  });
});
