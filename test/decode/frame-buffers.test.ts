import { expect, test } from 'vitest';
import { FrameBuffers } from '#dist/decode/frame-buffers.js';

test('gives a buffer out again after it was given back, and a new one while it is out', () => {
  const buffers = new FrameBuffers();
  const first = buffers.take(12);
  const second = buffers.take(12);
  expect(second).not.toBe(first);
  buffers.give(first);
  expect(buffers.take(12)).toBe(first);
});

test('never gives out a buffer of another size, or one that was transferred', () => {
  const buffers = new FrameBuffers();
  buffers.give(new Uint8Array(6));
  expect(buffers.take(12)).toHaveLength(12);
  const gone = new Uint8Array(12);
  structuredClone(gone, { transfer: [gone.buffer] });
  buffers.give(gone);
  expect(buffers.take(12)).toHaveLength(12);
});

test('keeps a bounded number, however many are given', () => {
  const buffers = new FrameBuffers();
  const given = new Set(Array.from({ length: 100 }, () => new Uint8Array(3)));
  for (const data of given) buffers.give(data);
  const kept = Array.from({ length: 100 }, () => buffers.take(3)).filter((data) => given.has(data));
  expect(kept.length).toBeLessThan(32);
});
