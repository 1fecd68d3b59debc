import { stripVTControlCharacters } from 'node:util';
import { totalsTable } from '#dist/cli/render/totals.js';
import { expect, test } from 'vitest';

const table = (totals: Parameters<typeof totalsTable>[0]): string => stripVTControlCharacters(totalsTable(totals));

test('the totals stand beside what a fixed 144 tokens a frame would have cost', () => {
  const text = table({ frames: 10, tokens: 360, held: 4, scales: { 144: 2, 1: 4, 9: 4 } });
  expect(text).toMatch(/frames +│ 10 /);
  expect(text).toMatch(/tokens +│ 360 /);
  expect(text).toMatch(/tokens per frame +│ 36\.0 /);
  expect(text).toMatch(/encoder runs skipped +│ 40\.0 % /);
  expect(text).toMatch(/fixed-144 would have cost │ 1440 tokens/);
  expect(text).toMatch(/saved against it +│ 75\.0 % /);
});

test('the histogram runs from the coarsest scale to the finest, with bars to their shares', () => {
  const text = table({ frames: 10, tokens: 360, held: 4, scales: { 144: 2, 1: 4, 9: 4 } });
  const rows = [...text.matchAll(/│ (\d+) +│ (\d+) +│ (█*) +([\d.]+) % +│/g)].map((row) => row.slice(1));
  expect(rows).toEqual([
    ['1', '4', '█'.repeat(12), '40.0'],
    ['9', '4', '█'.repeat(12), '40.0'],
    ['144', '2', '█'.repeat(6), '20.0'],
  ]);
});

test('a stream without a frame has totals too', () => {
  const text = table({ frames: 0, tokens: 0, held: 0, scales: {} });
  expect(text).not.toMatch(/NaN|Infinity/);
});
