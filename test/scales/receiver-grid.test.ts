import { makeLadder } from '#dist/scales/ladder.js';
import { ReceiverGrid } from '#dist/scales/receiver-grid.js';
import { cellOf, levelOf, positionOf } from '#dist/scales/scale-tree.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellsUnder } from '../support/cuts.ts';
import { blockMeans, distance, worst } from '../support/naive-scales.ts';
import { Random } from '../support/random.ts';

const SIDE = 12;
const CHANNELS = 3;
const ladder = makeLadder(24, [1, 9, 36, 144]);
const CELLS = SIDE ** 2;

/** Any token of the ladder. */
const position = fc
  .nat(3)
  .chain((level) => fc.nat(ladder.scales[level]!.tokens - 1).map((cell) => positionOf(level, cell)));
const positions = fc.array(position, { minLength: 1, maxLength: 30 });
const seed = fc.integer();

/** The block mean of a frame at a position. */
function meanAt(x: ArrayLike<number>, at: number): Float32Array {
  const means = blockMeans(x, SIDE, ladder.scales[levelOf(at)]!.side, CHANNELS);
  return Float32Array.from(means.slice(cellOf(at) * CHANNELS, (cellOf(at) + 1) * CHANNELS));
}

/** X̂ ← X̂ + U(v − P X̂) for one block, in float64. */
function algebra(held: number[], at: number, token: Float32Array): void {
  const cells = cellsUnder(ladder, at);
  for (let c = 0; c < CHANNELS; c++) {
    const mean = cells.reduce((sum, cell) => sum + held[cell * CHANNELS + c]!, 0) / cells.length;
    for (const cell of cells) held[cell * CHANNELS + c]! += token[c]! - mean;
  }
}

describe('the grid of a receiver', () => {
  test('is empty at first, at the finest scale of the ladder', () => {
    const grid = new ReceiverGrid(ladder, CHANNELS);
    expect(grid.side).toBe(SIDE);
    expect([...grid.held]).toEqual(Array(CELLS * CHANNELS).fill(0));
  });

  test('follows the algebra through any sequence of tokens', () => {
    fc.assert(
      fc.property(seed, positions, (start, sent) => {
        const random = new Random(start);
        const grid = new ReceiverGrid(ladder, CHANNELS);
        const held = Array<number>(CELLS * CHANNELS).fill(0);
        for (const at of sent) {
          const token = random.grid(CHANNELS);
          grid.receive(at, token, 0);
          algebra(held, at, token);
        }
        expect(worst(grid.held, held)).toBeLessThan(1e-4);
      }),
    );
  });

  test('is never further from the frame for a block mean than without it', () => {
    fc.assert(
      fc.property(seed, positions, (start, sent) => {
        const random = new Random(start);
        const grid = new ReceiverGrid(ladder, CHANNELS);
        for (const at of sent) {
          const x = random.grid(CELLS * CHANNELS);
          const before = distance(x, grid.held);
          grid.receive(at, meanAt(x, at), 0);
          expect(distance(x, grid.held)).toBeLessThanOrEqual(before * (1 + 1e-6));
        }
      }),
    );
  });

  test('takes a finest token bit for bit, whatever was there', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    const token = fc.array(value, { minLength: CHANNELS, maxLength: CHANNELS });
    fc.assert(
      fc.property(seed, fc.nat(CELLS - 1), token, (start, cell, values) => {
        const grid = new ReceiverGrid(ladder, CHANNELS);
        grid.receive(0, new Random(start).grid(CHANNELS), 0);
        grid.receive(positionOf(3, cell), Float32Array.from(values), 0);
        const held = grid.held.subarray(cell * CHANNELS, (cell + 1) * CHANNELS);
        for (const [c, v] of values.entries()) expect(Object.is(held[c], Math.fround(v))).toBe(true);
      }),
    );
  });

  test('reads a token from where it begins in a list', () => {
    const random = new Random(3);
    const tokens = random.grid(5 * CHANNELS);
    const [one, other] = [new ReceiverGrid(ladder, CHANNELS), new ReceiverGrid(ladder, CHANNELS)];
    one.receive(positionOf(1, 4), tokens, 2 * CHANNELS);
    other.receive(positionOf(1, 4), tokens.slice(2 * CHANNELS, 3 * CHANNELS), 0);
    expect(one.held).toEqual(other.held);
  });

  test('tells of each cell that moved, once, and by how much', () => {
    fc.assert(
      fc.property(seed, positions, (start, sent) => {
        const random = new Random(start);
        const grid = new ReceiverGrid(ladder, CHANNELS);
        for (const at of sent) {
          const before = grid.held.slice();
          const told = new Map<number, number[]>();
          grid.receive(at, random.grid(CHANNELS), 0, (cell, delta) => {
            expect(told.has(cell)).toBe(false);
            told.set(cell, [...delta]);
          });
          expect([...told.keys()].sort((a, b) => a - b)).toEqual(cellsUnder(ladder, at));
          const moved = Array.from(before, (value, i) => {
            return value + (told.get(Math.floor(i / CHANNELS))?.[i % CHANNELS] ?? 0);
          });
          expect(worst(grid.held, moved)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('has the positions of its tree and no others', () => {
    const grid = new ReceiverGrid(ladder, CHANNELS);
    for (const [level, { tokens }] of ladder.scales.entries()) {
      for (let cell = 0; cell < 1024; cell++) expect(grid.has(positionOf(level, cell))).toBe(cell < tokens);
    }
    const outside = fc.integer().filter((at) => at < 0 || at >= positionOf(ladder.scales.length, 0));
    fc.assert(fc.property(outside, (at) => !grid.has(at)));
  });
});
