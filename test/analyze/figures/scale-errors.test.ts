import { ScaleErrors, addSquaredDistance, subtract } from '#dist/analyze/figures/scale-errors.js';
import { describe, expect, test } from 'vitest';
import { distance, project } from '../../support/naive-scales.ts';
import { Random } from '../../support/random.ts';

const channels = 5;

/** The values of one channel. */
const channelOf = (values: ArrayLike<number>, c: number): number[] =>
  Array.from({ length: values.length / channels }, (_, cell) => values[cell * channels + c]!);

describe('the errors of every scale', () => {
  test.each([[[1, 3, 6, 12, 24]], [[1, 2, 4, 8]], [[1]], [[1, 5]]])(
    'of the sides %j are what a projection cell by cell leaves, channel by channel',
    (sides) => {
      const side = sides.at(-1)!;
      const grid = new Random(side).grid(side * side * channels);
      const errors = new ScaleErrors(sides, channels);
      // Twice: what the frame before left in the work space must not count.
      errors.measure(new Random(99).grid(grid.length));
      errors.measure(grid);
      for (const [level, coarse] of sides.entries()) {
        const projected = project(grid, side, coarse, channels);
        for (let c = 0; c < channels; c++) {
          const naive = distance(channelOf(grid, c), channelOf(projected, c));
          expect(errors.left[level]![c], `side ${coarse}, channel ${c}`).toBeCloseTo(naive, 3);
        }
      }
    },
  );

  test('never grow with the scale', () => {
    const errors = new ScaleErrors([1, 3, 6, 12, 24], channels);
    errors.measure(new Random(4).grid(576 * channels));
    for (let level = 1; level < 5; level++) {
      for (let c = 0; c < channels; c++) {
        expect(errors.left[level]![c]).toBeLessThanOrEqual(errors.left[level - 1]![c]!);
      }
    }
  });
});

test('squared distances are added to what is there, channel by channel', () => {
  const random = new Random(8);
  const a = random.grid(7 * channels);
  const b = random.grid(7 * channels);
  const into = new Float64Array(channels).fill(10);
  addSquaredDistance(a, b, into);
  for (let c = 0; c < channels; c++) expect(into[c]).toBeCloseTo(10 + distance(channelOf(a, c), channelOf(b, c)), 5);
  const difference = subtract(a, b, new Float32Array(a.length));
  difference.forEach((value, i) => expect(value).toBe(Math.fround(a[i]! - b[i]!)));
});
