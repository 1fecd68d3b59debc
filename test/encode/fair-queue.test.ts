import { FairQueue } from '#dist/encode/fair-queue.js';
import { expect, test } from 'vitest';

/** Takes `count` items. */
function take(queue: FairQueue<string>, count: number): string {
  return Array.from({ length: count }, () => queue.next() ?? '-').join('');
}

test('takes turns between flows of the same weight, in the order in which they joined', () => {
  const queue = new FairQueue<string>();
  const [a, b, c] = [queue.join(1), queue.join(1), queue.join(1)];
  for (const item of ['c', 'C']) c.push(item);
  for (const item of ['a', 'A']) a.push(item);
  for (const item of ['b', 'B']) b.push(item);
  expect(take(queue, 7)).toBe('abcABC-');
});

test('gives a flow of three times the weight three of four turns', () => {
  const queue = new FairQueue<string>();
  const [light, heavy] = [queue.join(1), queue.join(3)];
  for (let i = 0; i < 40; i++) {
    light.push('l');
    heavy.push('h');
  }
  const taken = take(queue, 40);
  for (let i = 0; i < 40; i += 4) expect(taken.slice(i, i + 4).replaceAll('h', '')).toBe('l');
});

test('saves nothing up for a flow that had nothing waiting', () => {
  const queue = new FairQueue<string>();
  const [busy, quiet] = [queue.join(1), queue.join(1)];
  for (let i = 0; i < 100; i++) busy.push('b');
  take(queue, 50);
  for (let i = 0; i < 10; i++) quiet.push('q');
  expect(take(queue, 6)).toMatch(/^q?bqbqb?/);
});

test('holds nothing against a flow for what it took while nobody else wanted it', () => {
  const queue = new FairQueue<string>();
  const [light, other] = [queue.join(0.01), queue.join(1)];
  for (let i = 0; i < 20; i++) light.push('l');
  take(queue, 20);
  for (let i = 0; i < 5; i++) other.push('o');
  light.push('l');
  expect(take(queue, 2)).toContain('l');
});

test('gives back what a flow had waiting when it leaves, and forgets the flow', () => {
  const queue = new FairQueue<string>();
  const [a, b] = [queue.join(1), queue.join(1)];
  for (const item of ['1', '2', '3']) a.push(item);
  b.push('b');
  expect(take(queue, 1)).toBe('1');
  expect(a.leave()).toEqual(['2', '3']);
  expect(a.leave()).toEqual([]);
  expect(take(queue, 2)).toBe('b-');
});
