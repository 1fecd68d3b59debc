import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '#dist/decode/frame-splitter.js';

const split = fc.record({
  bytes: fc.integer({ min: 1, max: 40 }),
  chunks: fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 12 }),
});

describe('FrameSplitter', () => {
  it('gives the same pieces however the bytes arrive', () => {
    fc.assert(
      fc.property(split, ({ bytes, chunks }) => {
        const splitter = new FrameSplitter(bytes);
        const pieces = chunks.flatMap((chunk) => [...splitter.push(chunk)]);
        const whole = Buffer.concat(chunks);
        expect(Buffer.concat(pieces)).toEqual(whole.subarray(0, pieces.length * bytes));
        expect(pieces.every((p) => p.length === bytes && p.buffer.byteLength === bytes)).toBe(true);
        expect(splitter.pending).toBe(whole.length % bytes);
        expect(pieces.length).toBe(Math.floor(whole.length / bytes));
      }),
    );
  });

  it('keeps no view of the chunk, which may be reused', () => {
    const splitter = new FrameSplitter(3);
    const chunk = Uint8Array.of(1, 2, 3);
    const [piece] = [...splitter.push(chunk)];
    chunk.fill(9);
    expect(piece).toEqual(Uint8Array.of(1, 2, 3));
  });
});
