import { ErrorTable } from '#dist/analyze/figures/error-table.js';
import { expect, test } from 'vitest';
import { Random } from '../../support/random.ts';

test('a table gives back the weighted sum of every row of every frame, over the edges of its blocks', () => {
  const random = new Random(5);
  const table = new ErrorTable(2, 3);
  const weights = Float64Array.of(1, 0.5, 2);
  const kept: Float64Array[][] = [];
  for (let frame = 0; frame < 150; frame++) {
    const rows = [0, 1].map(() => Float64Array.from(random.grid(3)));
    table.add(rows);
    kept.push(rows.map((row) => row.slice()));
    // The caller may write its rows anew.
    for (const row of rows) row.fill(NaN);
  }
  const weighed = table.weigh(weights);
  expect(weighed).toHaveLength(150);
  for (const [frame, rows] of kept.entries()) {
    for (const [row, values] of rows.entries()) {
      expect(weighed[frame]![row]).toBeCloseTo(values[0]! + 0.5 * values[1]! + 2 * values[2]!, 5);
    }
  }
});
