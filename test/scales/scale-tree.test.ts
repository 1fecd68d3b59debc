import { makeLadder } from '#dist/scales/ladder.js';
import { POSITION_STRIDE, cellOf, levelOf, positionOf, scaleTree } from '#dist/scales/scale-tree.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

describe('the tree of a ladder', () => {
  test.each([
    [24, [1, 9, 36, 144, 576]],
    [24, [1, 9, 36, 144]],
    [16, [1, 4, 16, 64]],
    [4, [1, 16]],
    [7, [1]],
  ])('of a grid of side %i with the scales %j has children that average to their parent', (gridSide, tokens) => {
    const tree = scaleTree(makeLadder(gridSide, tokens));
    expect(tree.sizes).toEqual(tokens);
    for (const [level, children] of tree.children.entries()) {
      const [count, finer] = [tokens[level]!, tokens[level + 1]!];
      const fine = new Random(level).grid(finer);
      const fanOut = finer / count;
      const means = Array.from({ length: count }, (_, token) => {
        const own = children.subarray(token * fanOut, (token + 1) * fanOut);
        return own.reduce((sum, child) => sum + fine[child]!, 0) / fanOut;
      });
      expect(worst(means, blockMeans(fine, Math.sqrt(finer), Math.sqrt(count), 1))).toBeLessThan(1e-6);
      for (const [i, child] of children.entries()) {
        expect(tree.parents[level + 1]![child]).toBe(Math.floor(i / fanOut));
      }
    }
    expect(tree.parents).toHaveLength(tokens.length);
    expect(tree.children).toHaveLength(tokens.length - 1);
    expect(tree.parents[0]).toHaveLength(0);
  });
});

test('a position holds its level and its cell', () => {
  fc.assert(
    fc.property(fc.nat(7), fc.nat(POSITION_STRIDE - 1), (level, cell) => {
      const position = positionOf(level, cell);
      expect([levelOf(position), cellOf(position)]).toEqual([level, cell]);
    }),
  );
});
