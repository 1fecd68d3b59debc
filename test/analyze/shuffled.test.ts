import { randomNumbers, shuffled } from '#dist/analyze/shuffled.js';
import { expect, test } from 'vitest';

test('a shuffle keeps every item, and the same seed gives the same order', () => {
  const items = Array.from({ length: 100 }, (_, i) => i % 7);
  const once = shuffled(items, randomNumbers(3));
  expect([...once].sort()).toEqual([...items].sort());
  expect(once).not.toEqual(items);
  expect(shuffled(items, randomNumbers(3))).toEqual(once);
  expect(shuffled(items, randomNumbers(4))).not.toEqual(once);
});
