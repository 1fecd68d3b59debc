import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poolPlanes, transposed } from '#dist/encode/worker/planes.js';
import { pool } from '#dist/scales/pool.js';

const values = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: length, maxLength: length })
    .map((all) => Float32Array.from(all));

describe('transposed', () => {
  test('puts row r, column c at row c, column r, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 21 }), (rows, columns) => {
        const from = Float32Array.from({ length: rows * columns }, (_, i) => i);
        const to = transposed(from, rows, columns);
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) expect(to[c * rows + r]).toBe(from[r * columns + c]);
        }
      }),
    );
  });
});

describe('poolPlanes', () => {
  test.each([
    [24, 12],
    [24, 6],
    [24, 3],
    [24, 1],
    [27, 9],
    [14, 7],
    [14, 1],
    [16, 16],
  ])('takes the same means from planes of side %i as pool takes from rows, to side %i', (fine, coarse) => {
    const channels = 5;
    fc.assert(
      fc.property(values(channels * fine * fine), (planes) => {
        const rows = transposed(planes, channels, fine * fine);
        const expected = pool(rows, fine, coarse, channels, new Float32Array(coarse * coarse * channels));
        const found = transposed(poolPlanes(planes, channels, fine, coarse), channels, coarse * coarse);
        expect(found.length).toBe(expected.length);
        for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4);
      }),
      { numRuns: 20 },
    );
  });
});
