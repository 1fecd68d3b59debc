import { Float32Rows } from '#dist/scales/float32-rows.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

const ROWS = 6;
const channelCounts = fc.integer({ min: 1, max: 21 });
const row = fc.nat(ROWS - 1);

/** Rows full of normal values, and the same as lists of float64. */
function fill(channels: number, seed: number): { rows: Float32Rows; lists: number[][] } {
  const rows = new Float32Rows(ROWS, channels);
  const values = new Random(seed).grid(ROWS * channels);
  rows.load(0, values);
  return {
    rows,
    lists: Array.from({ length: ROWS }, (_, i) => [...values.subarray(i * channels, (i + 1) * channels)]),
  };
}

/** Expects rows to hold what the lists hold, to the rounding of float32, and nothing behind their channels. */
function expectRows({ values, stride }: Float32Rows, lists: readonly number[][]): void {
  for (const [i, list] of lists.entries()) {
    for (let c = 0; c < stride; c++) {
      const wanted = list[c] ?? 0;
      expect(Math.abs(values[i * stride + c]! - wanted)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(wanted)));
    }
  }
}

describe('rows of float32', () => {
  test('hold what was loaded, at any number of channels', () => {
    fc.assert(
      fc.property(channelCounts, fc.integer(), (channels, seed) => {
        const { rows, lists } = fill(channels, seed);
        expectRows(rows, lists);
        expect(rows.stride % 4).toBe(0);
      }),
    );
  });

  test('are subtracted, mixed, copied and cleared one at a time, in place too, and leave the others alone', () => {
    fc.assert(
      fc.property(channelCounts, fc.integer(), row, row, row, (channels, seed, a, b, to) => {
        const { rows, lists } = fill(channels, seed);
        rows.subtract(a, b, to);
        lists[to] = lists[a]!.map((value, c) => value - lists[b]![c]!);
        expectRows(rows, lists);
        rows.mix(a, -0.7, to, 0.3);
        lists[to] = lists[to].map((value, c) => 0.3 * value - 0.7 * lists[a]![c]!);
        expectRows(rows, lists);
        rows.mix(b, 2, to);
        lists[to] = lists[to].map((value, c) => value + 2 * lists[b]![c]!);
        expectRows(rows, lists);
        rows.copy(a, b);
        lists[b] = [...lists[a]!];
        expectRows(rows, lists);
        rows.clear(to, 1);
        lists[to] = lists[to].map(() => 0);
        expectRows(rows, lists);
      }),
    );
  });

  test('have the weighted inner products of the definition', () => {
    fc.assert(
      fc.property(channelCounts, fc.integer(), row, row, row, (channels, seed, a, b, w) => {
        const { rows, lists } = fill(channels, seed);
        const found = [...rows.moments(a, b, w)];
        for (const [i, [left, right]] of [
          [a, a],
          [a, b],
          [b, b],
        ].entries()) {
          const terms = lists[w]!.map((weight, c) => weight * lists[left!]![c]! * lists[right!]![c]!);
          const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
          expect(Math.abs(found[i]! - terms.reduce((sum, term) => sum + term, 0))).toBeLessThanOrEqual(1e-5 * size);
        }
      }),
    );
  });

  test('share no memory with other rows', () => {
    const { rows, lists } = fill(8, 1);
    const others = fill(8, 2);
    others.rows.clear(0, ROWS);
    expectRows(rows, lists);
  });

  test('end at 0 where they decay, and never at a denormal number', () => {
    const { rows } = fill(5, 4);
    rows.clear(1, 1);
    for (let i = 0; i < 2000; i++) rows.mix(1, 0.1, 0, 0.9);
    expect([...rows.values.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
  });

  test('fill a memory of many pages to its last row', () => {
    const rows = new Float32Rows(1000, 100);
    const last = new Random(6).grid(100);
    rows.load(999, last);
    rows.mix(999, 1, 998);
    expect([...rows.values.subarray(998 * 100, 999 * 100)]).toEqual([...last]);
    expect(rows.values).toHaveLength(100_000);
  });
});
