import { boundedAnswer } from '#dist/llm/bounded-answer.js';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';

const KIBI = 'x'.repeat(1024);

/** So many pieces of 1,024 characters; `left` is set when the loop over them was left. */
async function* pieces(count: number, end: { left?: boolean } = {}): AsyncGenerator<string> {
  try {
    for (let i = 0; i < count; i++) yield await Promise.resolve(KIBI);
  } finally {
    end.left = true;
  }
}

test('an answer of 1 Mi characters comes whole, in its pieces', async () => {
  const seen: string[] = [];
  for await (const piece of boundedAnswer(pieces(1024))) seen.push(piece);
  expect(seen).toEqual(Array.from({ length: 1024 }, () => KIBI));
});

test('one that is longer ends with HOST_FAILED, and the host is left', async () => {
  const end: { left?: boolean } = {};
  const all = async () => {
    let count = 0;
    for await (const piece of boundedAnswer(pieces(Infinity, end))) count += piece.length;
    return count;
  };
  expect((await rejection(all())).code).toBe('HOST_FAILED');
  expect(end.left).toBe(true);
});

test('a loop that is left leaves the host too', async () => {
  const end: { left?: boolean } = {};
  for await (const piece of boundedAnswer(pieces(Infinity, end))) if (piece !== '') break;
  expect(end.left).toBe(true);
});
