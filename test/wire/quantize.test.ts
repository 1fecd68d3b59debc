import type { TokenDtype } from '#dist/media/packet.js';
import { dequantize, dtypeBytes, quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const dtypes = Object.keys(dtypeBytes) as TokenDtype[];
const CHANNELS = 6;
const ROWS = 5;

/** The largest relative error of one value that each float format may make: half a unit in its last place. */
const relative: Partial<Record<TokenDtype, number>> = { F32: 0, F16: 2 ** -11, BF16: 2 ** -8 };

const rows = fc.array(
  fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: CHANNELS, maxLength: CHANNELS }),
  { minLength: 1, maxLength: 8 },
);

describe('tokens on the wire', () => {
  test.each(dtypes)('take the bytes that %s has', (dtype) => {
    const { bytes, scale } = quantize(new Random(1).grid(ROWS * CHANNELS), CHANNELS, dtype);
    expect(bytes.byteLength).toBe(ROWS * CHANNELS * dtypeBytes[dtype]);
    expect(bytes.byteLength).toBe(bytes.buffer.byteLength);
    expect(scale?.length).toBe(dtype === 'I8' ? ROWS : undefined);
  });

  test.each(['F32', 'F16', 'BF16'] as const)('come back from %s within half a unit of the last place', (dtype) => {
    fc.assert(
      fc.property(rows, (values) => {
        const flat = Float32Array.from(values.flat());
        const back = dequantize(quantize(flat, CHANNELS, dtype).bytes, CHANNELS, dtype);
        // 2^-25 is half a unit of float16's smallest numbers.
        const bound = (v: number): number => Math.max(Math.abs(v) * relative[dtype]!, dtype === 'F32' ? 0 : 2 ** -25);
        for (const [i, v] of flat.entries()) expect(Math.abs(back[i]! - v)).toBeLessThanOrEqual(bound(v));
      }),
    );
  });

  test('come back from I8 within half a step of their row', () => {
    fc.assert(
      fc.property(rows, (values) => {
        const flat = Float32Array.from(values.flat());
        const { bytes, scale } = quantize(flat, CHANNELS, 'I8');
        const back = dequantize(bytes, CHANNELS, 'I8', scale);
        for (const [i, v] of flat.entries()) {
          const row = flat.subarray(i - (i % CHANNELS), i - (i % CHANNELS) + CHANNELS);
          const peak = Math.max(...row.map(Math.abs));
          // The factor itself is rounded to float32, whose smallest step is 2^-149.
          expect(Math.abs(back[i]! - v)).toBeLessThanOrEqual((peak / 127) * 0.50001 + 127 * 2 ** -149);
        }
      }),
    );
  });

  test('use the whole range of I8 in every row, whatever the other rows hold', () => {
    const values = Float32Array.from([1000, -500, 0, 0.001, -0.002, 0.001, 0, 0, 0]);
    const { bytes, scale } = quantize(values, 3, 'I8');
    expect([...new Int8Array(bytes.buffer)]).toEqual([127, -63, 0, 64, -127, 64, 0, 0, 0]);
    expect(scale![2]).toBe(0);
    expect([...dequantize(bytes, 3, 'I8', scale)].slice(6)).toEqual([0, 0, 0]);
  });

  test('are NaN where I8 comes without its factors, never silently wrong', () => {
    const { bytes } = quantize(Float32Array.of(1, 2), 2, 'I8');
    expect([...dequantize(bytes, 2, 'I8')]).toEqual([NaN, NaN]);
  });

  test.each(dtypes)('of no channels are none in %s', (dtype) => {
    expect(dequantize(new Uint8Array(0), 0, dtype, new Float32Array(3))).toEqual(new Float32Array(0));
  });

  test.each(dtypes)('in %s are read from any place of a larger buffer, a Buffer of Node too', (dtype) => {
    const values = new Random(3).grid(ROWS * CHANNELS);
    const { bytes, scale } = quantize(values, CHANNELS, dtype);
    const expected = dequantize(bytes, CHANNELS, dtype, scale);
    for (const offset of [1, 3]) {
      const large = Buffer.alloc(bytes.length + 8);
      large.set(bytes, offset);
      const view = large.subarray(offset, offset + bytes.length);
      expect(dequantize(view, CHANNELS, dtype, scale)).toEqual(expected);
      expect(dequantize(new Uint8Array(large).subarray(offset, offset + bytes.length), CHANNELS, dtype, scale)).toEqual(
        expected,
      );
    }
  });

  test.each(dtypes)('in %s are a copy: the values given stay as they are', (dtype) => {
    const values = new Random(4).grid(ROWS * CHANNELS);
    const before = values.slice();
    const { bytes } = quantize(values, CHANNELS, dtype);
    bytes.fill(0);
    expect(values).toEqual(before);
  });
});
