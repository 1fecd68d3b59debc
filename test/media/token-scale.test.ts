import { ceiling } from '#dist/media/token-scale.js';
import { expect, test } from 'vitest';

test('the ceiling of a ladder is its finest scale', () => {
  const coarse = { level: 0, side: 1, tokens: 1 };
  const fine = { level: 1, side: 3, tokens: 9 };
  expect(ceiling({ gridSide: 24, scales: [coarse, fine] })).toBe(fine);
  expect(ceiling({ gridSide: 24, scales: [coarse] })).toBe(coarse);
});

test('a ladder without a scale has no ceiling', () => {
  expect(() => ceiling({ gridSide: 24, scales: [] })).toThrow(RangeError);
});
