import { poolCodes } from '#dist/view/pool-codes.js';
import { dequantize, quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

describe('block means of 16-bit values', () => {
  test.each(['F16', 'BF16'] as const)('are those of what %s stands for, from any place of a buffer', (dtype) => {
    const sides = fc.constantFrom([6, 1], [6, 2], [6, 3], [6, 6], [5, 1], [4, 2], [1, 1]);
    fc.assert(
      fc.property(
        fc.integer(),
        sides,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(3),
        (seed, [side, coarser], channels, at) => {
          const { bytes } = quantize(new Random(seed).grid(side ** 2 * channels), channels, dtype);
          const large = new Uint8Array(bytes.length + 8);
          large.set(bytes, at);
          const means = poolCodes(large.subarray(at, at + bytes.length), dtype, side, coarser, channels);
          const expected = blockMeans(dequantize(bytes, channels, dtype), side, coarser, channels);
          expect(worst(means, expected)).toBeLessThan(1e-5);
        },
      ),
    );
  });
});
