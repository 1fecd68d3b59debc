import { TreeCutter } from '#dist/scales/cut-tree.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { cellOf, levelOf, positionOf, scaleTree } from '#dist/scales/scale-tree.js';
import type { ScaleTree } from '#dist/scales/scale-tree.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAntichain } from '../support/cuts.ts';

/** Every cut of the tree below one token: nothing, the token itself, or one cut of each of its children. */
function allCuts(tree: ScaleTree, level = 0, cell = 0): number[][] {
  const own = [[], [positionOf(level, cell)]];
  const children = tree.children[level];
  if (!children) return own;
  const fanOut = tree.sizes[level + 1]! / tree.sizes[level]!;
  let split: number[][] = [[]];
  for (const child of children.subarray(cell * fanOut, (cell + 1) * fanOut)) {
    const below = allCuts(tree, level + 1, child);
    split = split.flatMap((before) => below.map((cut) => [...before, ...cut]));
  }
  return [...own, ...split];
}

/** What a cut gains once its tokens are paid for. */
function worth(cut: Iterable<number>, gains: readonly Float64Array[], price: number): number {
  let sum = 0;
  for (const position of cut) sum += gains[levelOf(position)]![cellOf(position)]! - price;
  return sum;
}

/** Whole numbers, so that sums are exact and ties happen. */
const gainsOf = (tree: ScaleTree): fc.Arbitrary<Float64Array[]> =>
  fc
    .tuple(
      ...tree.sizes.map((size) => fc.array(fc.integer({ min: -20, max: 60 }), { minLength: size, maxLength: size })),
    )
    .map((levels) => levels.map((gains) => Float64Array.from(gains)));
const price = fc.integer({ min: 0, max: 70 });

describe('the cheapest cut of a scale tree', () => {
  test.each([
    [1, [1]],
    [2, [1, 4]],
    [3, [1, 9]],
    [4, [1, 16]],
    [4, [1, 4, 16]],
  ])('of side %i with the scales %j is worth as much as the best of all cuts', (side, tokens) => {
    const tree = scaleTree(makeLadder(side, tokens));
    const cuts = allCuts(tree);
    const cutter = new TreeCutter(tree);
    fc.assert(
      fc.property(gainsOf(tree), price, (gains, at) => {
        const count = cutter.count(gains, at);
        const leaves = [...cutter.leaves()];
        const best = cuts.reduce((most, cut) => Math.max(most, worth(cut, gains, at)), -Infinity);
        expect(worth(leaves, gains, at)).toBe(best);
        expect(leaves).toHaveLength(count);
      }),
      { numRuns: cuts.length > 1e5 ? 12 : 100 },
    );
  });

  const ladder = makeLadder(12, [1, 9, 36, 144]);
  const tree = scaleTree(ladder);

  test('tells of no cell twice', () => {
    const cutter = new TreeCutter(tree);
    fc.assert(
      fc.property(gainsOf(tree), price, (gains, at) => {
        const count = cutter.count(gains, at);
        expect(isAntichain(ladder, cutter.leaves())).toBe(true);
        expect(cutter.leaves()).toHaveLength(count);
      }),
      { numRuns: 60 },
    );
  });

  test('has the fewer tokens the higher the price', () => {
    const cutter = new TreeCutter(tree);
    fc.assert(
      fc.property(gainsOf(tree), fc.uniqueArray(price, { minLength: 2, maxLength: 12 }), (gains, prices) => {
        const counts = prices.sort((a, b) => a - b).map((at) => cutter.count(gains, at));
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      }),
      { numRuns: 100 },
    );
  });

  test('is empty where no token is worth its price, and names no token that is not', () => {
    const cutter = new TreeCutter(tree);
    fc.assert(
      fc.property(gainsOf(tree), price, (gains, at) => {
        cutter.count(gains, at);
        for (const position of cutter.leaves()) expect(worth([position], gains, at)).toBeGreaterThan(0);
        expect(cutter.count(gains, 60)).toBe(0);
        expect(cutter.leaves()).toHaveLength(0);
      }),
      { numRuns: 30 },
    );
  });
});
