import { atUnixTime } from '#dist/server/expiry.js';
import { expect, test } from 'vitest';
import { sleep, until } from '../support/sleep.ts';

test('what expires soon or has expired is over, once', async () => {
  const over: string[] = [];
  atUnixTime(Date.now() + 30, () => over.push('soon'));
  atUnixTime(Date.now() - 1e9, () => over.push('before'));
  expect(over).toEqual([]);
  await until(() => over.length === 2);
  await sleep(60);
  expect(over).toEqual(['before', 'soon']);
});

test.each([2 ** 31, 2 ** 32 + 5, 1e15, Infinity])('what expires in %d ms is not over at once', async (ms) => {
  let over = false;
  const cancel = atUnixTime(Date.now() + ms, () => (over = true));
  await sleep(50);
  cancel();
  expect(over).toBe(false);
});

test('what was taken back is never over', async () => {
  let over = false;
  atUnixTime(Date.now() + 20, () => (over = true))();
  await sleep(60);
  expect(over).toBe(false);
});
