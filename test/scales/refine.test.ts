import { pool } from '#dist/scales/pool.js';
import { refine, refinement } from '#dist/scales/refine.js';
import { describe, expect, test } from 'vitest';
import { worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

const CHANNELS = 7;

function coarser(x: Float32Array, from: number, to: number): Float32Array {
  return pool(x, from, to, CHANNELS, new Float32Array(to ** 2 * CHANNELS));
}

describe('the append-only upgrade', () => {
  test.each([
    [1, 3, 8],
    [3, 6, 27],
    [6, 12, 108],
    [12, 24, 432],
  ])('from side %i to side %i needs only %i new vectors', (coarse, fine, added) => {
    const x = new Random(fine).grid(fine ** 2 * CHANNELS);
    const extra = refinement(x, fine, coarse, CHANNELS);
    expect(extra.length).toBe(added * CHANNELS);
    expect(worst(refine(coarser(x, fine, coarse), extra, fine, coarse, CHANNELS), x)).toBeLessThan(1e-4);
  });

  test('climbs from 1 token to 576 step by step and arrives at the grid', () => {
    const x = new Random(1).grid(576 * CHANNELS);
    let held = coarser(x, 24, 1);
    let sent = 1;
    for (const [coarse, fine] of [
      [1, 3],
      [3, 6],
      [6, 12],
      [12, 24],
    ] as const) {
      const extra = refinement(coarser(x, 24, fine), fine, coarse, CHANNELS);
      sent += extra.length / CHANNELS;
      held = refine(held, extra, fine, coarse, CHANNELS);
      expect(worst(held, coarser(x, 24, fine))).toBeLessThan(1e-3);
    }
    expect(sent).toBe(576);
  });

  test('is exact where the numbers are', () => {
    const fine = Float32Array.from([1, 2, 3, 6]);
    expect([...refinement(fine, 2, 1, 1)]).toEqual([1, 2, 3]);
    expect([...refine(Float32Array.of(3), Float32Array.of(1, 2, 3), 2, 1, 1)]).toEqual([1, 2, 3, 6]);
  });

  test('sends parent by parent, children in raster order', () => {
    const fine = Float32Array.from({ length: 16 }, (_, i) => i);
    expect([...refinement(fine, 4, 2, 1)]).toEqual([0, 1, 4, 2, 3, 6, 8, 9, 12, 10, 11, 14]);
  });

  test('needs nothing for the scale that is held already', () => {
    const x = new Random(2).grid(9 * CHANNELS);
    expect(refinement(x, 3, 3, CHANNELS).length).toBe(0);
    expect(worst(refine(x, new Float32Array(0), 3, 3, CHANNELS), x)).toBe(0);
  });
});
