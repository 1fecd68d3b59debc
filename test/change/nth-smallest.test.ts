import { nthSmallest } from '#dist/change/nth-smallest.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** Few values, so that many are equal, or any. */
const value = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.float({ noNaN: true }));

describe('the n-th smallest of some values', () => {
  test('is what stands there when they are sorted, and only those asked for are looked at and moved', () => {
    const lists = fc.array(value, { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(lists, fc.nat(), fc.nat(), (list, some, place) => {
        const count = 1 + (some % list.length);
        const n = place % count;
        const values = Float32Array.from(list);
        const sorted = values.slice(0, count).sort();
        const behind = values.slice(count);
        // Both zeros are one value here: no order between them is promised.
        expect(nthSmallest(values, n, count) + 0).toBe(sorted[n]! + 0);
        expect(values.slice(count)).toEqual(behind);
        expect(values.slice(0, count).sort().map(positive)).toEqual(sorted.map(positive));
      }),
    );
  });

  test.each([
    ['rise', (i: number) => i],
    ['fall', (i: number) => 999 - i],
    ['are all the same', () => 7],
    ['rise and fall', (i: number) => Math.min(i, 999 - i)],
  ])('is found where they %s', (_, at) => {
    const values = Float32Array.from({ length: 1000 }, (__, i) => at(i));
    const sorted = values.slice().sort();
    for (const n of [0, 1, 300, 500, 998, 999]) expect(nthSmallest(values.slice(), n)).toBe(sorted[n]);
  });
});

/** −0 as 0. */
function positive(number: number): number {
  return number + 0;
}
