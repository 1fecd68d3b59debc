import { oracleGap } from '#dist/analyze/oracle-gap.js';
import type { ChosenScales } from '#dist/analyze/oracle-gap.js';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const ladder = [1, 9, 36, 144];

/** Half of the frames are flat and lose nothing at any scale, half need all tokens. */
const left = Array.from({ length: 60 }, (_, t) => (t % 2 === 0 ? [0, 0, 0, 0] : [1, 0.95, 0.8, 0]));

const chosen = (levels: readonly number[], allowed = 4): ChosenScales => ({
  policy: 'threshold',
  setting: 0.5,
  levels,
  allowed,
});

describe('the oracle gap', () => {
  test('is 1 for a policy that chooses as the oracle, and next to nothing for its scales in random order', () => {
    const gap = oracleGap(chosen(left.map((row) => (row[0] === 0 ? 0 : 3))), left, ladder, 1);
    expect(gap.gap).toBeCloseTo(1, 9);
    expect(gap.policyLeft).toBeCloseTo(gap.best, 9);
    expect(gap.tokensPerFrame).toBe(72.5);
    expect(Math.abs(gap.shuffledGap!)).toBeLessThan(0.25);
  });

  test('is 0 for one scale throughout', () => {
    const gap = oracleGap(chosen(left.map(() => 2)), left, ladder, 1);
    expect(gap.gap).toBeCloseTo(0, 9);
    expect(gap.shuffledLeft).toBeCloseTo(gap.policyLeft, 9);
  });

  test('is below 0 for a policy that spends its tokens where they gain nothing', () => {
    expect(oracleGap(chosen(left.map((row) => (row[0] === 0 ? 3 : 0))), left, ladder, 1).gap).toBeLessThan(0);
  });

  test('is never above 1, whatever is chosen', () => {
    const random = new Random(7);
    for (let round = 0; round < 50; round++) {
      const clip = Array.from({ length: 20 }, () =>
        Array.from({ length: 3 }, () => random.next())
          .sort((a, b) => b - a)
          .concat(0),
      );
      const levels = clip.map(() => random.below(4));
      expect(oracleGap(chosen(levels), clip, ladder, round).gap ?? 0).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  test('is left out where the oracle gains nothing over uniform scales', () => {
    const alike = left.map(() => [1, 0.9, 0.7, 0]);
    const gap = oracleGap(chosen(alike.map(() => 3)), alike, ladder, 1);
    expect(gap).not.toHaveProperty('gap');
    expect(gap).not.toHaveProperty('shuffledGap');
  });

  test('holds a policy against scales that it may use itself, and the same seed gives the same figures', () => {
    const levels = left.map((_, t) => t % 3);
    const usual = oracleGap(chosen(levels, 3), left, ladder, 5);
    expect(usual.best).toBeGreaterThanOrEqual(oracleGap(chosen(levels, 4), left, ladder, 5).best);
    expect(oracleGap(chosen(levels, 3), left, ladder, 5)).toEqual(usual);
  });
});
