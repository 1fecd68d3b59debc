import { SWEEPS, laddersOf, lineUp } from '#dist/analyze/contenders/line-up.js';
import { DEFAULT_PRICE } from '#dist/pipeline/choosers.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import { describe, expect, test } from 'vitest';

const tokensOf = (ladder: { scales: readonly { tokens: number }[] }): number[] =>
  ladder.scales.map((scale) => scale.tokens);

describe('the ladders of a grid', () => {
  test.each([
    [24, [1, 9, 36, 144, 576], [1, 9, 36, 144], [1, 9, 36, 144, 576]],
    [12, [1, 9, 36, 144], [1, 9, 36, 144], [1, 9, 36, 144]],
    [16, [1, 4, 16, 64, 256], [1, 4, 16, 64], [1, 4, 16, 64, 256]],
    // Positions end before 1,024 of one level: the tree stops at the scale before.
    [48, [1, 9, 36, 144, 576, 2304], [1, 9, 36, 144], [1, 9, 36, 144, 576]],
    [37, [1, 1369], [1], [1]],
  ])(
    'of side %d are all of its scales, the usual ones, and those that a tree may have',
    (side, whole, usual, finest) => {
      const ladders = laddersOf(side);
      expect([tokensOf(ladders.whole), tokensOf(ladders.usual), tokensOf(ladders.finest)]).toEqual([
        whole,
        usual,
        finest,
      ]);
    },
  );
});

describe('the line-up', () => {
  const options = parsePipelineOptions({ policy: 'fidelity' });

  test('holds the prices that a user gets who gives none', () => {
    expect(SWEEPS.features).toContain(DEFAULT_PRICE.features);
    expect(SWEEPS.change).toContain(DEFAULT_PRICE.change);
  });

  test('has the finest tree at the default price for its reference, and no tree twice', () => {
    const { contenders, reference } = lineUp(laddersOf(24), { inputSide: 96, channels: 2 }, options);
    expect(contenders).toContain(reference);
    expect(reference).toMatchObject({ policy: 'fidelity-tree', side: 24, setting: DEFAULT_PRICE.features });
    const small = lineUp(laddersOf(12), { inputSide: 96, channels: 2 }, options);
    for (const { contenders: all } of [small, { contenders }]) {
      const names = all.map(({ policy, side, setting }) => `${policy} ${side} ${setting}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
