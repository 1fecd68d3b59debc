import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameBuffers } from '#dist/decode/frame-buffers.js';
import { headerBytes, writeHeader } from '#dist/decode/process/frame-header.js';
import { FrameParser, PipeGarbage } from '#dist/decode/process/frame-parser.js';
import type { Frame } from '#dist/media/frame.js';

const side = 4;
const word = fc.nat({ max: 2 ** 32 - 1 });
const ticks = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const frames: fc.Arbitrary<Frame[]> = fc
  .array(
    fc.record({
      pts: signed,
      timebase: fc.record({ num: ticks, den: ticks }),
      keyframe: fc.boolean(),
      width: fc.constant(side),
      height: fc.constant(side),
      droppedBefore: word,
      data: fc.uint8Array({ minLength: side ** 2 * 3, maxLength: side ** 2 * 3 }).map((data) => Uint8Array.from(data)),
      wallclockUs: fc.option(signed, { nil: undefined }),
    }),
    { maxLength: 6 },
  )
  .map((all) =>
    all.map(({ wallclockUs, ...frame }, index) => ({
      index,
      ...frame,
      ...(wallclockUs === undefined ? {} : { wallclockUs }),
    })),
  );

const countsAt = (index: number) => ({ decoded: 3 * index + 3, discarded: index, skipped: index + 1 });

function written(all: readonly Frame[]): Buffer {
  return Buffer.concat(
    all.flatMap((frame) => {
      const head = Buffer.alloc(headerBytes);
      writeHeader(frame, countsAt(frame.index), head);
      return [head, frame.data];
    }),
  );
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

describe('FrameParser', () => {
  it('gives the frames that were written, however their bytes were cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (all, cuts) => {
        const parser = new FrameParser(side, new FrameBuffers());
        const read: Frame[] = [];
        for (const piece of inPieces(written(all), cuts)) {
          for (const frame of parser.push(piece)) {
            read.push(frame);
            expect(parser.counts).toEqual(countsAt(frame.index));
          }
        }
        expect(read).toEqual(all);
        expect(parser.isCutOff).toBe(false);
      }),
    );
  });

  it('knows that the last frame is not whole', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (all, cut) => {
        const bytes = written(all);
        const kept = cut % (bytes.length + 1);
        const parser = new FrameParser(side, new FrameBuffers());
        const read = [...parser.push(bytes.subarray(0, kept))];
        const size = headerBytes + side ** 2 * 3;
        expect(read).toHaveLength(Math.floor(kept / size));
        expect(parser.isCutOff).toBe(kept % size > 0);
      }),
    );
  });

  it.each([
    ['something that is no header', (head: Buffer) => head.fill(0)],
    ['more pixels than it wants', (head: Buffer) => head.writeUInt32BE(2 ** 32 - 1, 4)],
    ['a picture of another size', (head: Buffer) => head.writeUInt32BE(5, 24)],
    ['a timebase of nothing', (head: Buffer) => head.writeUInt32BE(0, 20)],
  ])('refuses %s at once', (_, spoil) => {
    const [some] = fc.sample(
      frames.filter((all) => all.length > 0),
      1,
    );
    const head = written(some!).subarray(0, headerBytes);
    spoil(head);
    const parser = new FrameParser(side, new FrameBuffers());
    expect(() => [...parser.push(head)]).toThrow(PipeGarbage);
  });
});
