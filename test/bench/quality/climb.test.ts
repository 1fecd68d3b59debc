import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../support/random.ts';
import { load } from './live-bench.ts';

type Point = Record<string, number>;
type Grid = Record<string, readonly number[]>;

const { climb } = await load<{
  climb: (
    grid: Grid,
    figure: (point: Point) => number,
  ) => { point: Point; figure: number; tried: { point: Point; figure: number }[] };
}>('climb');

const grids = fc
  .array(fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .map((lists): Grid => Object.fromEntries(lists.map((values, i) => [`d${i}`, values])));

/** Every point of a grid. */
function allPoints(grid: Grid): Point[] {
  return Object.entries(grid).reduce<Point[]>(
    (points, [name, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}

/** A figure with no order in it, the same for the same point. */
const wild =
  (seed: number) =>
  (point: Point): number =>
    new Random(Object.values(point).reduce((sum, value) => 53 * sum + value, seed)).next();

describe('the climb on a grid', () => {
  test('finds the best of all points where each dimension does its own', () => {
    fc.assert(
      fc.property(grids, fc.integer(), (grid, seed) => {
        const figure = (point: Point): number =>
          Object.entries(point).reduce(
            (sum, [name, value]) => sum + wild(seed)({ [name]: value, d: Number(name.slice(1)) }),
            0,
          );
        const best = Math.max(...allPoints(grid).map(figure));
        expect(climb(grid, figure).figure).toBeCloseTo(best, 12);
      }),
    );
  });

  test('finds a point that is no worse than all that differ from it in one dimension, and has tried those', () => {
    fc.assert(
      fc.property(grids, fc.integer(), (grid, seed) => {
        const { point, figure, tried } = climb(grid, wild(seed));
        expect(figure).toBe(wild(seed)(point));
        expect(figure).toBe(Math.max(...tried.map((other) => other.figure)));
        for (const [name, values] of Object.entries(grid)) {
          for (const value of values) {
            const other = { ...point, [name]: value };
            expect(wild(seed)(other)).toBeLessThanOrEqual(figure);
            expect(tried.map((one) => one.point)).toContainEqual(other);
          }
        }
      }),
    );
  });

  test('asks for each point once, and for points of the grid alone', () => {
    fc.assert(
      fc.property(grids, fc.integer(), (grid, seed) => {
        const asked: string[] = [];
        climb(grid, (point) => {
          asked.push(JSON.stringify(point));
          return wild(seed)(point);
        });
        expect(new Set(asked).size).toBe(asked.length);
        const all = new Set(allPoints(grid).map((point) => JSON.stringify(point)));
        for (const point of asked) expect(all).toContain(point);
      }),
    );
  });
});
