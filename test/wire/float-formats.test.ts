import { fromBfloat, fromHalf, fromHalves, toBfloat, toHalf, toHalves } from '#dist/wire/float-formats.js';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

/** IEEE 754 binary16 by its definition: an integer significand times a power of two. */
function halfByDefinition(bits: number): number {
  const exponent = Math.floor(bits / 1024) % 32;
  const fraction = bits % 1024;
  const sign = bits >= 32_768 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  const significand = exponent === 0 ? fraction : 1024 + fraction;
  return (sign * significand * 2 ** Math.max(exponent, 1)) / 2 ** 25;
}

/** bfloat16 is the upper half of a float32, which DataView reads. */
function bfloatByDefinition(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

/** The float32 next to `value`, away from zero or towards it. */
function neighbour(value: number, steps: 1 | -1): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  view.setUint32(0, view.getUint32(0) + steps);
  return view.getFloat32(0);
}

const all = Array.from({ length: 65_536 }, (_, bits) => bits);

/** The places where the two disagree, as hex; Object.is tells −0 from 0 and takes NaN for NaN. */
function disagreements(one: (bits: number) => number, other: (bits: number) => number): string[] {
  return all.filter((bits) => !Object.is(one(bits), other(bits))).map((bits) => bits.toString(16));
}

describe('float16', () => {
  test('is read by the definition, for all 65536 patterns', () => {
    expect(disagreements(fromHalf, halfByDefinition)).toEqual([]);
  });

  test('writes every finite value that it can hold without a change', () => {
    const finite = all.filter((bits) => Number.isFinite(halfByDefinition(bits)));
    expect(finite.length).toBe(65_536 - 2 * 1024);
    expect(finite.filter((bits) => toHalf(halfByDefinition(bits)) !== bits)).toEqual([]);
  });

  test('rounds the midpoint of two neighbours to the even one, and what is beside it to the nearer one', () => {
    const wrong: number[] = [];
    for (let low = 0; low < 0x7bff; low++) {
      // Exact in float32: a half has 11 significant bits, the midpoint 12.
      const middle = (halfByDefinition(low) + halfByDefinition(low + 1)) / 2;
      const even = low % 2 === 0 ? low : low + 1;
      const below = neighbour(middle, -1);
      const above = neighbour(middle, 1);
      if (toHalf(middle) !== even || toHalf(below) !== low || toHalf(above) !== low + 1) wrong.push(low);
      if (toHalf(-middle) !== even + 32_768 || toHalf(-above) !== low + 1 + 32_768) wrong.push(-low);
    }
    expect(wrong).toEqual([]);
  });

  test('is the nearest of all halves for numbers of every size', () => {
    const random = new Random(16);
    for (let i = 0; i < 20_000; i++) {
      const value = Math.fround(random.gaussian() * 2 ** (random.below(44) - 28));
      if (Math.abs(value) >= 65_504) continue;
      const error = Math.abs(fromHalf(toHalf(value)) - value);
      const bits = toHalf(Math.abs(value));
      for (const other of [bits - 1, bits + 1].filter((b) => b >= 0 && b < 0x7c00)) {
        expect(error).toBeLessThanOrEqual(Math.abs(halfByDefinition(other) - Math.abs(value)));
      }
    }
  });

  test('is the same for a whole array as for its values one by one', () => {
    const random = new Random(17);
    const awkward = [
      0,
      -0,
      NaN,
      Infinity,
      -Infinity,
      65_503,
      65_504,
      65_505,
      65_520,
      1e38,
      2 ** -14,
      2 ** -15,
      2 ** -25,
    ];
    const around = awkward.flatMap((value) => [value, neighbour(value, 1), neighbour(value, -1)]);
    const bits = Uint32Array.from({ length: 200_000 }, () => Math.floor(random.next() * 2 ** 32));
    const middles = all.flatMap((low) => [
      halfByDefinition(low),
      (halfByDefinition(low) + halfByDefinition(low + 1)) / 2,
    ]);
    const values = Float32Array.from([
      ...around,
      ...around.map((value) => -value),
      ...new Float32Array(bits.buffer),
      ...middles,
    ]);
    const halves = toHalves(values);
    expect(halves.length).toBe(values.length);
    expect([...halves].filter((half, i) => half !== toHalf(values[i]!))).toEqual([]);
    const back = fromHalves(halves);
    expect([...back].filter((value, i) => !Object.is(value, fromHalf(halves[i]!)))).toEqual([]);
    expect(disagreements((i) => fromHalves(Uint16Array.of(i))[0]!, halfByDefinition)).toEqual([]);
    // A view that does not begin where its buffer does.
    expect([...toHalves(values.subarray(3, 60))]).toEqual([...halves.subarray(3, 60)]);
  });

  test('saturates what is too large, keeps NaN and the sign of zero', () => {
    for (const large of [65_504, 65_519, 65_520, 65_536, 1e30, 3.4e38, 1e300, Infinity]) {
      expect(fromHalf(toHalf(large))).toBe(65_504);
      expect(fromHalf(toHalf(-large))).toBe(-65_504);
    }
    expect(fromHalf(toHalf(NaN))).toBeNaN();
    expect(toHalf(0)).toBe(0);
    expect(toHalf(-0)).toBe(0x8000);
    expect(toHalf(1e-40)).toBe(0);
    expect(toHalf(-1e-40)).toBe(0x8000);
  });
});

describe('bfloat16', () => {
  test('is read by the definition, for all 65536 patterns', () => {
    expect(disagreements(fromBfloat, bfloatByDefinition)).toEqual([]);
  });

  test('writes every value that it can hold without a change', () => {
    const numbers = all.filter((bits) => !Number.isNaN(bfloatByDefinition(bits)));
    expect(numbers.length).toBe(65_536 - 2 * 127);
    expect(numbers.filter((bits) => toBfloat(bfloatByDefinition(bits)) !== bits)).toEqual([]);
  });

  test('rounds the midpoint of two neighbours to the even one, and what is beside it to the nearer one', () => {
    const wrong: number[] = [];
    for (let low = 0; low < 0x7f7f; low++) {
      const middle = (bfloatByDefinition(low) + bfloatByDefinition(low + 1)) / 2;
      const even = low % 2 === 0 ? low : low + 1;
      if (toBfloat(middle) !== even || toBfloat(-middle) !== even + 32_768) wrong.push(low);
      if (toBfloat(neighbour(middle, -1)) !== low || toBfloat(neighbour(middle, 1)) !== low + 1) wrong.push(low);
    }
    expect(wrong).toEqual([]);
  });

  test('keeps NaN', () => {
    expect(fromBfloat(toBfloat(NaN))).toBeNaN();
  });
});
