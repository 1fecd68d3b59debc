import type { QueryRelevance } from '#dist/media/query-reader.js';
import { makeLadder } from '#dist/scales/ladder.js';
import { cutAround, keptCells, salience } from '#dist/scales/query-cut.js';
import { cellOf, levelOf, positionOf, scaleTree } from '#dist/scales/scale-tree.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAntichain } from '../support/cuts.ts';
import { Random } from '../support/random.ts';

const ladder = makeLadder(24, [1, 9, 36, 144]);
const CHANNELS = 8;
const CELLS = 144;

/** Any features, and what a question thinks of their first channel. */
const noise = (seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: CELLS * CHANNELS }, () => random.gaussian());
};
const firstChannel: QueryRelevance = {
  text: 'first',
  relevance: (grid) => Array.from({ length: CELLS }, (_, cell) => grid[cell * CHANNELS]!),
};
const cellsOf = (mask: Uint8Array): number[] => Array.from(mask.keys()).filter((cell) => mask[cell] === 1);

describe('what stands out', () => {
  test('is what lies far from the mean, in units of each channel', () => {
    const grid = noise(1);
    for (let c = 0; c < CHANNELS; c++) grid[40 * CHANNELS + c] = 9;
    const before = salience(grid, CHANNELS);
    expect([...before].indexOf(Math.max(...before))).toBe(40);
    const stretched = grid.map((value, i) => (i % CHANNELS === 3 ? 1e4 * value + 77 : value));
    const after = salience(stretched, CHANNELS);
    for (const [cell, score] of before.entries()) expect(after[cell]).toBeCloseTo(score, 3);
  });

  test('is nothing where all is the same, whatever float32 rounds', () => {
    const flat = Float32Array.from({ length: CELLS * CHANNELS }, (_, i) => 0.1 * (i % CHANNELS));
    expect([...salience(flat, CHANNELS)]).toEqual(Array<number>(CELLS).fill(0));
    const rounded = flat.map((value, i) => (i % 7 === 0 ? value * (1 + 1e-7) : value));
    expect([...salience(rounded, CHANNELS)]).toEqual(Array<number>(CELLS).fill(0));
    expect(cellsOf(keptCells(flat, CHANNELS, { ...firstChannel, relevance: () => new Float64Array(CELLS) }))).toEqual(
      [],
    );
  });
});

describe('the cells that a question keeps', () => {
  test('are those that stand out and those that have most to do with it', () => {
    // Every cell is as far from the mean as the others, but one.
    const grid = noise(2).map((value) => Math.sign(value));
    for (let c = 0; c < CHANNELS; c++) grid[40 * CHANNELS + c] = 30;
    const scores = Array.from({ length: CELLS }, (_, cell) => cell / 1000);
    for (const cell of [77, 78, 99]) scores[cell] = 8 + cell / 100;
    const kept = cellsOf(keptCells(grid, CHANNELS, { text: 'x', relevance: () => scores }));
    expect(kept).toEqual(expect.arrayContaining([40, 77, 78, 99]));
    expect(kept.length).toBeLessThan(CELLS / 4);
  });

  test('do not count again in the text what the picture kept: the others are judged among themselves', () => {
    const grid = noise(3);
    for (let c = 0; c < CHANNELS; c++) grid[40 * CHANNELS + c] = 30;
    const scores = Array.from({ length: CELLS }, (_, cell) => cell / 1000);
    const calm = cellsOf(keptCells(grid, CHANNELS, { text: 'x', relevance: () => scores }));
    scores[40] = 1e6;
    expect(cellsOf(keptCells(grid, CHANNELS, { text: 'x', relevance: () => scores }))).toEqual(calm);
  });

  test('are as many as there are outliers and the highest of them, also where the outliers are low', () => {
    const flat = new Float32Array(CELLS * CHANNELS);
    const scores = Array.from({ length: CELLS }, (_, cell) => cell / 1000);
    scores[5] = -50;
    scores[9] = 60;
    expect(cellsOf(keptCells(flat, CHANNELS, { text: 'x', relevance: () => scores }))).toEqual([9, 143]);
  });
});

describe('a cut around cells', () => {
  test('has each of them at the finest level, and every block without any at the coarsest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: CELLS - 1 }), { maxLength: 30 }), (cells) => {
        const kept = new Uint8Array(CELLS);
        for (const cell of cells) kept[cell] = 1;
        const cut = cutAround(ladder, kept);
        // Straight from the words: a token is split where one of the cells lies inside.
        const { parents } = scaleTree(ladder);
        const path = (cell: number): number[] => {
          const up = [cell];
          for (let level = 3; level > 0; level--) up.unshift(parents[level]![up[0]!]!);
          return up;
        };
        const split = new Set(
          cells.flatMap((cell) =>
            path(cell)
              .slice(0, 3)
              .map((at, level) => `${level}/${at}`),
          ),
        );
        for (let cell = 0; cell < CELLS; cell++) {
          const level = path(cell).findIndex((at, l) => !split.has(`${l}/${at}`));
          expect(cut[cell]).toBe(level);
        }
        const leaves = new Set(Array.from(cut, (level, cell) => positionOf(level, path(cell)[level]!)));
        expect(isAntichain(ladder, Int32Array.from(leaves))).toBe(true);
        const covered = [...leaves].reduce((sum, leaf) => sum + CELLS / ladder.scales[levelOf(leaf)]!.tokens, 0);
        expect(covered).toBe(CELLS);
        expect([...leaves].filter((leaf) => levelOf(leaf) === 3).map(cellOf)).toEqual(expect.arrayContaining(cells));
      }),
    );
  });

  test('around nothing is one token', () => {
    expect(new Set(cutAround(ladder, new Uint8Array(CELLS)))).toEqual(new Set([0]));
  });
});
