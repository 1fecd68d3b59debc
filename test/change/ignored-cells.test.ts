import { countedCells } from '#dist/change/counted-cells.js';
import { ignoredCells } from '#dist/change/ignored-cells.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const wide = { gridSide: 24, resize: 'stretch', width: 1920, height: 1080 } as const;
const sum = (values: Uint8Array): number => values.reduce((all, value) => all + value, 0);
const share = fc.integer({ min: 0, max: 100 }).map((n) => n / 100);
const region = fc.tuple(share, share, share, share).map(([a, b, c, d]) => ({
  x: Math.min(a, b),
  y: Math.min(c, d),
  width: Math.abs(a - b),
  height: Math.abs(c - d),
}));
const regions = fc.array(region, { maxLength: 4 });

describe('the cells that a mask ignores', () => {
  test('are none where nothing is masked', () => {
    expect(sum(ignoredCells(wide))).toBe(0);
  });

  test('are those that an ignored region covers by more than half', () => {
    // 2.6 cells wide: the third is covered by 0.6; 1.4 high: the second by 0.4.
    const mask = ignoredCells({ ...wide, ignore: [{ x: 0, y: 0, width: 2.6 / 24, height: 1.4 / 24 }] });
    expect([...mask.keys()].filter((cell) => mask[cell])).toEqual([0, 1, 2]);
  });

  test('are those that two regions cover together, what lies under both counted once', () => {
    const thirds = [0, 0.3].map((x) => ({ x: x / 24, y: 0, width: 0.3 / 24, height: 1 / 24 }));
    expect(ignoredCells({ ...wide, ignore: thirds })[0]).toBe(1);
    expect(ignoredCells({ ...wide, ignore: [thirds[0]!, thirds[0]!] })[0]).toBe(0);
  });

  test('are those outside of every region of interest, one that is only touched stays', () => {
    const mask = ignoredCells({ ...wide, regions: [{ x: 0.5, y: 0.5, width: 0.01, height: 0.01 }] });
    expect([...mask.keys()].filter((cell) => !mask[cell])).toEqual([12 * 24 + 12]);
  });

  test('are the bars of padding, where there is a region of interest', () => {
    const all = { x: 0, y: 0, width: 1, height: 1 };
    const mask = ignoredCells({ ...wide, resize: 'pad', regions: [all] });
    // 9/16 of 24 rows are 13.5, from 5.25 to 18.75.
    expect(sum(mask.subarray(0, 5 * 24))).toBe(5 * 24);
    expect(sum(mask.subarray(5 * 24, 19 * 24))).toBe(0);
    expect(sum(mask.subarray(19 * 24))).toBe(5 * 24);
  });

  test('agree with counting points in each cell', () => {
    const inside = (px: number, py: number) => (r: { x: number; y: number; width: number; height: number }) =>
      px > r.x && px < r.x + r.width && py > r.y && py < r.y + r.height;
    fc.assert(
      fc.property(regions, fc.option(regions, { nil: undefined }), (ignore, kept) => {
        const mask = ignoredCells({ ...wide, gridSide: 10, ignore, regions: kept });
        for (let cell = 0; cell < 100; cell++) {
          // Regions lie on hundredths: the midpoints of a hundred squares in each cell are exact.
          const points = Array.from({ length: 100 }, (_, i) => [
            (cell % 10) / 10 + ((i % 10) + 0.5) / 100,
            Math.floor(cell / 10) / 10 + (Math.floor(i / 10) + 0.5) / 100,
          ]);
          const under = (by: typeof ignore): number => points.filter(([x, y]) => by.some(inside(x!, y!))).length;
          expect(mask[cell]).toBe(under(ignore) > 50 || (kept && under(kept) === 0) ? 1 : 0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('grow with every ignored region and shrink with every region of interest', () => {
    fc.assert(
      fc.property(regions, regions, region, (ignore, kept, more) => {
        const before = ignoredCells({ ...wide, ignore, regions: kept });
        const ignoring = ignoredCells({ ...wide, ignore: [...ignore, more], regions: kept });
        const keeping = ignoredCells({ ...wide, ignore, regions: [...kept, more] });
        for (let cell = 0; cell < 576; cell++) {
          expect(ignoring[cell]).toBeGreaterThanOrEqual(before[cell]!);
          expect(keeping[cell]).toBeLessThanOrEqual(before[cell]!);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the cells that count', () => {
  test('are all that are not ignored', () => {
    expect([...countedCells([0, 1, 0, 1], 4)]).toEqual([0, 2]);
    expect([...countedCells(undefined, 3)]).toEqual([0, 1, 2]);
  });

  test.each([
    ['of another grid', [0, 0, 0]],
    ['that leaves nothing', [1, 1, 1, 1]],
  ])('come of no mask %s', (_, ignore) => {
    expect(() => countedCells(ignore, 4)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
