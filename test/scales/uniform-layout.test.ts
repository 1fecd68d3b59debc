import { FeatureResidual } from '#dist/scales/feature-residual.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { scaleTree } from '#dist/scales/scale-tree.js';
import type { Allowance } from '#dist/scales/spending.js';
import { UniformLayout } from '#dist/scales/uniform-layout.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureClip } from '../support/feature-clips.ts';
import { distance, project } from '../support/naive-scales.ts';

const SIDE = 12;
const tokens = [1, 9, 36, 144];
const ladder = makeLadder(SIDE, tokens);
const tree = scaleTree(ladder);

/** A residual whose scales gain these sums, which are all that a uniform layout looks at. */
function gaining(sums: readonly number[]): FeatureResidual {
  const residual = new FeatureResidual(ladder, tree, 1);
  for (const [level, gains] of residual.gains.entries()) gains[0] = sums[level]!;
  return residual;
}

/** What is left to say of a random frame, and the share of it that each scale leaves. */
function someFrame(seed: number) {
  const [x] = featureClip({ seed, frames: 1, side: SIDE, channels: 1 });
  const residual = new FeatureResidual(ladder, tree, 1);
  residual.spread.learn(x!);
  residual.observe(x!, new Float32Array(x!.length), true);
  const left = ladder.scales.map(({ side }) => {
    return (residual.spread.weights[0]! * distance(x!, project(x!, SIDE, side, 1))) / SIDE ** 2;
  });
  return { residual, left };
}

const chosen = (layout: UniformLayout, residual: FeatureResidual, allowance: Allowance): number =>
  layout.choose(residual, allowance).length;

const sums = fc.array(fc.double({ min: -100, max: 3000, noNaN: true }), { minLength: 4, maxLength: 4 });
const price = fc.double({ min: 0.01, max: 50, noNaN: true });
const most = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(Infinity));

describe('the uniform layout', () => {
  test('sends every token of one scale, in raster order', () => {
    fc.assert(
      fc.property(sums, price, most, (gains, at, limit) => {
        const positions = new UniformLayout(ladder).choose(gaining(gains), { price: at, most: limit });
        const level = tokens.indexOf(positions.length);
        expect(level).toBeGreaterThanOrEqual(0);
        expect([...positions]).toEqual(Array.from({ length: positions.length }, (_, cell) => level * 1024 + cell));
      }),
    );
  });

  test('has one token at least and no more than it may, whatever came before', () => {
    const frame = fc.tuple(sums, price, most, fc.option(fc.double({ min: 1e-3, max: 1, noNaN: true })));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const layout = new UniformLayout(ladder);
        for (const [gains, at, limit, tau] of frames) {
          const count = chosen(layout, gaining(gains), { price: at, most: limit, ...(tau !== null && { tau }) });
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  test('sends what gains most for its price, or the finer scale of the last frame where that is little worse', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sums, price), { minLength: 1, maxLength: 8 }), (frames) => {
        const layout = new UniformLayout(ladder);
        let last = 144;
        for (const [gains, at] of frames) {
          const worth = gains.map((gain, level) => gain - at * tokens[level]!);
          const best = Math.max(...worth);
          const count = chosen(layout, gaining(gains), { price: at, most: Infinity });
          const short = best - worth[tokens.indexOf(count)]!;
          if (count !== last) expect(short).toBe(0);
          // 15 % of what the last scale costs.
          expect(short).toBeLessThanOrEqual(0.15 * at * count);
          last = count;
        }
      }),
    );
  });

  test('keeps the finer scale for a small difference, leaves it for a large one, and turns finer at once', () => {
    const layout = new UniformLayout(ladder);
    const at = { price: 1, most: Infinity };
    // The values of the scales, after their tokens are paid for.
    const worth = (...values: number[]): FeatureResidual => gaining(values.map((value, i) => value + tokens[i]!));
    expect(chosen(layout, worth(0, 0, 100, 0), at)).toBe(36);
    expect(chosen(layout, worth(0, 105, 100, 0), at)).toBe(36);
    expect(chosen(layout, worth(0, 106, 100, 0), at)).toBe(9);
    expect(chosen(layout, worth(0, 100, 100.1, 0), at)).toBe(36);
    expect(chosen(layout, worth(103, 0, 100, 0), { price: 1, most: 35 })).toBe(1);
  });

  test('leaves no more unsaid than it may, at the coarsest scale that does', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.01, max: 1.5, noNaN: true }), (seed, tau) => {
        const { residual, left } = someFrame(seed);
        const dear = { price: 1e6, most: Infinity, tau };
        // Of scales that gain nothing the first frame would keep the finest: a second one is free of that.
        const layout = new UniformLayout(ladder);
        layout.choose(residual, dear);
        const count = chosen(layout, residual, dear);
        const level = tokens.indexOf(count);
        expect(left[level]).toBeLessThanOrEqual(tau + 1e-5);
        if (level > 0) expect(left[level - 1]).toBeGreaterThan(tau - 1e-5);
      }),
      { numRuns: 60 },
    );
  });
});
