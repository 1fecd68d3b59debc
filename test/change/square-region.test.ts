import { toPicture, toSquare } from '#dist/change/square-region.js';
import type { SquareGeometry } from '#dist/change/square-region.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const geometry: fc.Arbitrary<SquareGeometry> = fc.record({
  resize: fc.constantFrom('stretch', 'pad', 'crop'),
  width: fc.integer({ min: 100, max: 4000 }),
  height: fc.integer({ min: 100, max: 4000 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });
const region = fc.tuple(share, share, share, share).map(([a, b, c, d]) => ({
  x: Math.min(a, b),
  y: Math.min(c, d),
  width: Math.abs(a - b),
  height: Math.abs(c - d),
}));

describe('a region of a picture in the square', () => {
  const left = { x: 0, y: 0, width: 0.5, height: 1 };

  test.each([
    ['stretch', { x: 0, y: 0, width: 0.5, height: 1 }],
    ['pad', { x: 0, y: 0.21875, width: 0.5, height: 0.5625 }],
    // 16:9 covers the square 1.78 times: the left half begins 0.39 before its left border.
    ['crop', { x: 0, y: 0, width: 0.5, height: 1 }],
  ] as const)('lies where the resize mode %s puts it', (resize, expected) => {
    expect(toSquare(left, { resize, width: 1920, height: 1080 })).toEqual(expected);
  });

  test('lies left and right of nothing in a tall picture that is padded', () => {
    const all = { x: 0, y: 0, width: 1, height: 1 };
    expect(toSquare(all, { resize: 'pad', width: 600, height: 1200 })).toEqual({
      x: 0.25,
      y: 0,
      width: 0.5,
      height: 1,
    });
  });

  test('is empty where the crop cut it off', () => {
    const edge = { x: 0, y: 0, width: 0.1, height: 1 };
    expect(toSquare(edge, { resize: 'crop', width: 1920, height: 1080 }).width).toBe(0);
  });

  test('comes back as the region that is was, or the part of it that the square shows', () => {
    fc.assert(
      fc.property(region, geometry, (r, g) => {
        const back = toPicture(toSquare(r, g), g);
        const seen = g.resize === 'crop' ? toPicture({ x: 0, y: 0, width: 1, height: 1 }, g) : undefined;
        const least = seen ? Math.min(Math.max(r.x, seen.x), seen.x + seen.width) : r.x;
        const end = seen ? Math.min(Math.max(r.x + r.width, seen.x), seen.x + seen.width) : r.x + r.width;
        expect(back.x).toBeCloseTo(least, 9);
        expect(back.x + back.width).toBeCloseTo(end, 9);
      }),
    );
  });

  test('stays inside the square, and inside the picture on the way back', () => {
    fc.assert(
      fc.property(region, geometry, (r, g) => {
        for (const { x, y, width, height } of [toSquare(r, g), toPicture(r, g)]) {
          for (const value of [x, y, width, height]) expect(value).toBeGreaterThanOrEqual(0);
          expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });
});
