import { fewestTokens, tauHistograms, tausBeside } from '#dist/analyze/fewest-tokens.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const ladder = [1, 9, 36, 144, 576];

describe('the smallest scale within tau', () => {
  test.each([
    [[0.9, 0.5, 0.3, 0.1, 0], 0.3, 36],
    [[0.9, 0.5, 0.3, 0.1, 0], 0.29, 144],
    [[0.9, 0.5, 0.3, 0.1, 0], 1, 1],
    [[0.9, 0.5, 0.3, 0.1, 0], 0.05, 576],
    [[0, 0, 0, 0, 0], 0.001, 1],
  ])('of %j at %d is %d', (left, tau, tokens) => {
    expect(fewestTokens(left, ladder, tau)).toBe(tokens);
  });
});

describe('the histograms', () => {
  const frame = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
    .map((left) => [...left.sort((a, b) => b - a), 0]);

  test('count every frame once at every tau, and move to coarser scales as tau grows', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ alone: frame, updating: frame }), { minLength: 1 }), (frames) => {
        const histograms = tauHistograms(frames, ladder, 0.4);
        let before = Infinity;
        for (const { alone, updating } of histograms) {
          for (const counts of [alone, updating]) {
            expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(frames.length);
          }
          const tokens = Object.entries(alone).reduce((sum, [scale, n]) => sum + Number(scale) * n, 0);
          expect(tokens).toBeLessThanOrEqual(before);
          before = tokens;
        }
      }),
    );
  });

  test('hold the tau that was asked for, once', () => {
    expect(tausBeside(0.4)).toContain(0.4);
    expect(tausBeside(0.3)).toEqual([...new Set(tausBeside(0.3))]);
  });
});
