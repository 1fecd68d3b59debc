import { expect, test } from 'vitest';
import { caughtUp, gathered } from '#dist/llm/ask/enough.js';
import type { Enough } from '#dist/llm/ask/enough.js';

const at = (enough: Enough, ...times: number[]): boolean[] =>
  times.map((atS) => enough({ id: 'a/0/0', atS, tokens: 1, content: null }));

test('a live stream has been gathered after so many seconds of its own time, anew in another epoch', () => {
  expect(at(gathered(10), 5, 14.9, 15)).toEqual([false, false, true]);
  expect(at(gathered(10), 500, 505, 3, 12, 13)).toEqual([false, false, false, false, true]);
  expect(at(gathered(0), 7)).toEqual([true]);
});

test('what a server had kept has been read at the first frame that was made since', () => {
  const enough = caughtUp(1000);
  const made = (wallclockMs?: number): boolean =>
    enough({ id: 'a/0/0', atS: 0, tokens: 1, content: null, ...(wallclockMs !== undefined && { wallclockMs }) });
  expect([made(1), made(999), made(1000)]).toEqual([false, false, true]);
  expect(made()).toBe(true);
});
