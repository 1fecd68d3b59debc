import { cappedLadder, defaultLadder, makeLadder, scaleOf } from '#dist/scales/ladder.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, thrownBy } from '../support/error-code.ts';

const tokensOf = (gridSide: number): number[] => defaultLadder(gridSide).scales.map((scale) => scale.tokens);

describe('the default ladder', () => {
  test.each([
    [24, [1, 9, 36, 144]],
    [27, [1, 9, 81]],
    [16, [1, 4, 16, 64]],
    [14, [1, 49]],
    [12, [1, 9, 36, 144]],
    [1, [1]],
  ])('of a grid of side %i is %j', (gridSide, tokens) => {
    expect(tokensOf(gridSide)).toEqual(tokens);
  });

  test('of a grid whose side is a prime above 12 has one scale only', () => {
    expect(tokensOf(37)).toEqual([1]);
  });

  test.each([
    [24, 576, [1, 9, 36, 144, 576]],
    [24, 144, [1, 9, 36, 144]],
    [24, 9, [1, 9]],
    [24, 1, [1]],
    [16, 256, [1, 4, 16, 64, 256]],
    [37, 1369, [1, 1369]],
  ])('of a grid of side %i up to %i tokens is %j', (gridSide, finest, tokens) => {
    expect(defaultLadder(gridSide, finest)).toEqual(makeLadder(gridSide, tokens));
  });

  test('ends at a scale of the grid, and nowhere else', () => {
    const error = thrownBy(() => defaultLadder(24, 64));
    expect(error.code).toBe('LADDER_INVALID');
    expect(error.what).toBe('No scale of 64 tokens in the ladder 1,9,36,144,576.');
  });

  test('is a ladder that may be written out by hand, for every side up to 64', () => {
    for (let side = 1; side <= 64; side++) {
      expect(makeLadder(side, tokensOf(side))).toEqual(defaultLadder(side));
      expect(Math.max(...tokensOf(side))).toBeLessThanOrEqual(144);
    }
  });
});

describe('a ladder', () => {
  test('numbers its scales from the coarsest', () => {
    expect(makeLadder(24, [1, 36, 576])).toEqual({
      gridSide: 24,
      scales: [
        { level: 0, side: 1, tokens: 1 },
        { level: 1, side: 6, tokens: 36 },
        { level: 2, side: 24, tokens: 576 },
      ],
    });
  });

  test.each([
    ['nothing', [], 'starts at 1 token, this one at nothing'],
    ['a start above 1', [9, 36], 'starts at 1 token, this one at 9'],
    ['a count that is no square', [1, 10], '10 tokens are no square grid'],
    ['a fraction', [1, 2.25], '2.25 tokens are no square grid'],
    ['a negative count', [1, -9], '-9 tokens are no square grid'],
    ['NaN', [1, NaN], 'NaN tokens are no square grid'],
    ['infinity', [1, Infinity], 'Infinity tokens are no square grid'],
    ['zero', [1, 0], 'does not divide'],
    ['a side that does not divide the grid', [1, 25], "5×5 grid does not divide the encoder's 24×24"],
    ['more tokens than the grid has', [1, 2304], "48×48 grid does not divide the encoder's 24×24"],
    ['a repeated scale', [1, 9, 9], 'Side 3 (9 tokens) does not divide side 3 (9 tokens)'],
    ['a descending scale', [1, 36, 9], 'Side 6 (36 tokens) does not divide side 3 (9 tokens)'],
    ['sides that do not divide each other', [1, 9, 64], 'Side 3 (9 tokens) does not divide side 8 (64 tokens)'],
  ])('refuses %s', (_, tokens, what) => {
    const error = thrownBy(() => makeLadder(24, tokens));
    expect(error.code).toBe('LADDER_INVALID');
    expect(error.what).toContain(what);
    expect(error.mend).toContain('1,9,36,144');
  });

  test('is nested, or is refused: nothing in between', () => {
    const counts = fc.array(fc.oneof(fc.constantFrom(1, 4, 9, 16, 36, 64, 144, 576), fc.integer()), { maxLength: 6 });
    fc.assert(
      fc.property(counts, (tokens) => {
        const code = codeOf(() => {
          const { scales } = makeLadder(24, [1, ...tokens]);
          for (const [i, scale] of scales.entries()) {
            const next = scales[i + 1]?.side ?? 24;
            expect(scale.tokens).toBe(scale.side ** 2);
            expect(next % scale.side).toBe(0);
          }
        });
        expect([undefined, 'LADDER_INVALID']).toContain(code);
      }),
    );
  });

  test('ends at any of its scales', () => {
    const ladder = makeLadder(24, [1, 4, 64, 576]);
    for (const [i, { tokens }] of ladder.scales.entries()) {
      expect(cappedLadder(ladder, tokens)).toEqual({ gridSide: 24, scales: ladder.scales.slice(0, i + 1) });
    }
    expect(codeOf(() => cappedLadder(ladder, 144))).toBe('LADDER_INVALID');
  });

  test('finds a scale by its tokens and refuses one that it does not have', () => {
    const ladder = defaultLadder(24);
    expect(scaleOf(ladder, 36)).toEqual({ level: 2, side: 6, tokens: 36 });
    const error = thrownBy(() => scaleOf(ladder, 64));
    expect(error.code).toBe('LADDER_INVALID');
    expect(error.what).toBe('No scale of 64 tokens in the ladder 1,9,36,144.');
  });
});
