import { floatsOfHalves, halfBits, halfValue } from '#dist/encode/worker/half.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfValue(bits));

test('every half-precision number survives the way to a number and back', () => {
  for (let bits = 0; bits < 65_536; bits++) {
    const value = halfValue(bits);
    if (Number.isNaN(value)) expect(Number.isNaN(halfValue(halfBits(value)))).toBe(true);
    else expect(halfBits(value)).toBe(bits);
  }
});

test('a number becomes the nearest half-precision number, the even one of two', () => {
  fc.assert(
    fc.property(fc.float({ min: Math.fround(-65_504), max: Math.fround(65_504), noNaN: true }), (value) => {
      const found = halfBits(value);
      const size = found & 0x7fff;
      const error = Math.abs(Math.abs(value) - halfValue(size));
      for (const other of [size - 1, size + 1]) {
        const distance = Math.abs(Math.abs(value) - (finite[other] ?? Infinity));
        expect(error).toBeLessThanOrEqual(distance);
        if (error === distance) expect(size % 2).toBe(0);
      }
      expect(Math.sign(halfValue(found)) * Math.sign(value)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

test('known values of the standard have their bits', () => {
  const known: [number, number][] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -14, 0x0400],
    [1 / 3, 0x3555],
    [Infinity, 0x7c00],
  ];
  for (const [value, bits] of known) expect(halfBits(value)).toBe(bits);
});

test('an array of bits becomes an array of numbers', () => {
  expect([...floatsOfHalves(Uint16Array.of(0x3c00, 0xc000, 0x0001))]).toEqual([1, -2, 2 ** -24]);
});
