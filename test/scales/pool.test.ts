import { energy, parentCell, pool } from '#dist/scales/pool.js';
import { describe, expect, test } from 'vitest';
import { blockMeans, distance, norm, project, worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

const SIDES = [1, 3, 6, 12, 24];
const GRID = 24;
const CHANNELS = 5;
const CELLS = GRID ** 2;
const pairs = SIDES.flatMap((coarse) => SIDES.filter((fine) => fine >= coarse).map((fine) => [fine, coarse] as const));

function means(
  x: Float32Array | Float64Array,
  fineSide: number,
  coarseSide: number,
  channels = CHANNELS,
): Float64Array {
  return pool(x, fineSide, coarseSide, channels, new Float64Array(coarseSide ** 2 * channels));
}

describe('block means', () => {
  test.each(pairs)('from side %i to side %i equal their definition', (fine, coarse) => {
    const x = new Random(fine * 100 + coarse).grid(fine ** 2 * CHANNELS);
    expect(worst(means(x, fine, coarse), blockMeans(x, fine, coarse, CHANNELS))).toBeLessThan(1e-12);
  });

  test.each(pairs)('of side %i have the means of side %i as their own means', (fine, coarse) => {
    const x = new Random(7).grid(CELLS * CHANNELS);
    const through = means(means(x, GRID, fine), fine, coarse);
    expect(worst(through, means(x, GRID, coarse))).toBeLessThan(1e-12);
  });

  test.each([
    [27, 9],
    [16, 4],
    [14, 7],
    [15, 5],
  ])('work for grids of side %i and %i too', (fine, coarse) => {
    const x = new Random(fine).grid(fine ** 2 * 2);
    expect(worst(means(x, fine, coarse, 2), blockMeans(x, fine, coarse, 2))).toBeLessThan(1e-12);
  });

  test('in float32 stay within the rounding of float32', () => {
    const x = new Random(3).grid(CELLS * CHANNELS);
    for (const side of SIDES) {
      const out = pool(x, GRID, side, CHANNELS, new Float32Array(side ** 2 * CHANNELS));
      expect(worst(out, blockMeans(x, GRID, side, CHANNELS))).toBeLessThan(1e-5);
    }
  });

  test('leave what lies behind the result alone and overwrite what was in it', () => {
    const out = new Float32Array([7, 7, 7]);
    pool(new Float32Array([1, 2, 3, 4]), 2, 1, 1, out);
    expect([...out]).toEqual([2.5, 7, 7]);
  });
});

describe('the projector Π of a scale', () => {
  const x = new Random(11).grid(CELLS * CHANNELS);
  /** Copies the tokens back to the cells they cover, as a receiver does. */
  const projector = (values: Float32Array | Float64Array, side: number): Float64Array => {
    const tokens = means(values, GRID, side);
    return Float64Array.from(
      { length: CELLS * CHANNELS },
      (_, i) => tokens[parentCell(Math.floor(i / CHANNELS), GRID, side) * CHANNELS + (i % CHANNELS)]!,
    );
  };

  test.each(SIDES)('is the projector of the definition for side %i', (side) => {
    expect(worst(projector(x, side), project(x, GRID, side, CHANNELS))).toBeLessThan(1e-12);
  });

  test.each(SIDES)('changes nothing when applied a second time for side %i', (side) => {
    const once = projector(x, side);
    expect(worst(projector(once, side), once)).toBeLessThan(1e-12);
  });

  test.each(pairs)('of side %i keeps everything that side %i can say', (fine, coarse) => {
    const coarseOnly = projector(x, coarse);
    expect(worst(projector(coarseOnly, fine), coarseOnly)).toBeLessThan(1e-12);
    expect(worst(projector(projector(x, fine), coarse), coarseOnly)).toBeLessThan(1e-12);
  });

  test.each(SIDES)('leaves the energy that the tokens of side %i alone foretell', (side) => {
    const left = distance(x, projector(x, side));
    const foretold = energy(x) - (CELLS / side ** 2) * energy(means(x, GRID, side));
    expect(Math.abs(left - foretold)).toBeLessThan(1e-9 * energy(x));
  });
});

test('the parent of a cell is the token whose block contains it', () => {
  expect(parentCell(0, 24, 3)).toBe(0);
  expect(parentCell(23, 24, 3)).toBe(2);
  expect(parentCell(8 * 24 + 7, 24, 3)).toBe(3);
  expect(parentCell(575, 24, 3)).toBe(8);
  for (let cell = 0; cell < CELLS; cell++) {
    expect(parentCell(cell, 24, 24)).toBe(cell);
    expect(parentCell(cell, 24, 1)).toBe(0);
  }
});

test('energy is the sum of squares', () => {
  expect(energy(new Float32Array([3, -4]))).toBe(25);
  expect(energy(new Float32Array(0))).toBe(0);
  const x = new Random(5).grid(1000);
  expect(energy(x)).toBeCloseTo(norm(x), 6);
});
