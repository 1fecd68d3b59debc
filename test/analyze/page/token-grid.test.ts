import { tokenGrid } from '#dist/analyze/page/token-grid.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { positionOf } from '#dist/scales/scale-tree.js';
import { describe, expect, test } from 'vitest';

const ladder = makeLadder(24, [1, 9, 36, 144, 576]);

describe('the grid of a frame’s tokens', () => {
  test('outlines each token where it stands, in cells of the patch grid', () => {
    const grid = tokenGrid(ladder, Int32Array.of(positionOf(1, 4), positionOf(4, 25)));
    expect(grid.outlines).toEqual(['', 'M8 8h8v8h-8z', '', '', 'M1 1h1v1h-1z']);
    expect(grid.counts).toEqual([0, 1, 0, 0, 1]);
    expect(grid.held).toBe('M0 0h24v24h-24zM8 8h8v8h-8zM1 1h1v1h-1z');
  });

  test('of a frame without tokens is all held', () => {
    expect(tokenGrid(ladder, new Int32Array(0))).toEqual({
      outlines: ['', '', '', '', ''],
      counts: [0, 0, 0, 0, 0],
      held: 'M0 0h24v24h-24z',
    });
  });

  test('passes over positions that its ladder does not have', () => {
    expect(tokenGrid(makeLadder(24, [1, 9]), Int32Array.of(positionOf(3, 7))).counts).toEqual([0, 0]);
  });
});
