import { formatTime, formatTimebase, parseTimebase, seconds, ticks } from '#dist/media/timebase.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const timebase = fc.record({ num: fc.integer({ min: 1, max: 100_000 }), den: fc.integer({ min: 1, max: 1_000_000 }) });

describe('a timebase', () => {
  test('turns ticks into seconds', () => {
    expect(seconds(90_000n, { num: 1, den: 90_000 })).toBe(1);
    expect(seconds(30n, { num: 1001, den: 30_000 })).toBeCloseTo(1.001, 12);
    expect(seconds(-45_000n, { num: 1, den: 90_000 })).toBe(-0.5);
  });

  test('turns seconds into the nearest tick', () => {
    expect(ticks(0.5, { num: 1, den: 90_000 })).toBe(45_000n);
    expect(ticks(1 / 30, { num: 1, den: 1000 })).toBe(33n);
    expect(ticks(-1, { num: 1, den: 1000 })).toBe(-1000n);
  });

  test('gives every tick of a day back after a trip through seconds', () => {
    const base = { num: 1, den: 90_000 };
    fc.assert(
      fc.property(fc.bigInt({ min: -7_776_000_000n, max: 7_776_000_000n }), (pts) => {
        expect(ticks(seconds(pts, base), base)).toBe(pts);
      }),
    );
  });

  test('survives its text form', () => {
    fc.assert(
      fc.property(timebase, (base) => {
        expect(parseTimebase(formatTimebase(base))).toEqual(base);
      }),
    );
  });

  test.each(['', '1', '1/', '/2', '0/1', '1/0', '-1/25', '1.5/2', ' 1/25', '1/25\n', '12345678901/1', '1/2/3'])(
    'is not read from %j',
    (text) => {
      expect(parseTimebase(text)).toBeUndefined();
    },
  );
});

describe('a time for people', () => {
  test.each([
    [0, '0:00:00.000'],
    [61.5, '0:01:01.500'],
    [3599.9996, '1:00:00.000'],
    [59.9994, '0:00:59.999'],
    [36_000, '10:00:00.000'],
    [-1.25, '-0:00:01.250'],
  ])('writes %d s as %s', (s, text) => {
    expect(formatTime(s)).toBe(text);
  });

  test('never shows 60 minutes or 60 seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (s) => {
        expect(formatTime(s)).toMatch(/^-?\d+:[0-5]\d:[0-5]\d\.\d{3}$/);
      }),
    );
  });
});
