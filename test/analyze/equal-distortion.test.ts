import { distortionAt, frontier, tokensAt } from '#dist/analyze/equal-distortion.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const curve = [
  { tokensPerFrame: 144, distortion: 0.1 },
  { tokensPerFrame: 36, distortion: 0.3 },
  // Costs more and leaves more than the one before.
  { tokensPerFrame: 40, distortion: 0.5 },
  { tokensPerFrame: 9, distortion: 0.7 },
];

const points = fc.array(
  fc.record({
    tokensPerFrame: fc.double({ min: 1, max: 576, noNaN: true }),
    distortion: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('a curve read at a distortion', () => {
  test('gives its own points back', () => {
    for (const point of frontier(curve)) {
      expect(tokensAt(curve, point.distortion)).toBeCloseTo(point.tokensPerFrame, 9);
      expect(distortionAt(curve, point.tokensPerFrame)).toBeCloseTo(point.distortion, 9);
    }
  });

  test('goes straight in the logarithm of the tokens between two points', () => {
    expect(tokensAt(curve, 0.2)).toBeCloseTo(Math.sqrt(144 * 36), 9);
    expect(distortionAt(curve, 90)).toBeCloseTo(0.2, 9);
  });

  test('has no answer where nothing leaves so little, and its cheapest point where all leave less', () => {
    expect(tokensAt(curve, 0.05)).toBeUndefined();
    expect(tokensAt(curve, 0.9)).toBe(9);
    expect(distortionAt(curve, 1)).toBe(0.7);
    expect(distortionAt(curve, 576)).toBe(0.1);
  });

  test('never asks for more tokens where more may be lost', () => {
    fc.assert(
      fc.property(
        points,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (any, a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)].map((at) => tokensAt(any, at) ?? Infinity);
          expect(more).toBeLessThanOrEqual(less! + 1e-9);
        },
      ),
    );
  });
});

test('a frontier holds no point that another one beats, and beats every point that it leaves out', () => {
  fc.assert(
    fc.property(points, (any) => {
      const best = frontier(any);
      for (let i = 1; i < best.length; i++) {
        expect(best[i]!.tokensPerFrame).toBeGreaterThan(best[i - 1]!.tokensPerFrame);
        expect(best[i]!.distortion).toBeLessThan(best[i - 1]!.distortion);
      }
      for (const point of any) {
        expect(best.some((b) => b.tokensPerFrame <= point.tokensPerFrame && b.distortion <= point.distortion)).toBe(
          true,
        );
      }
    }),
  );
});
