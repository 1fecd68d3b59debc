import { encode } from '#dist/operators/encode.js';
import type { Frame } from '#dist/media/frame.js';
import type { ScaledFrame } from '#dist/operators/records.js';
import { EMPTY, from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { score } from '../support/change-score.ts';
import { blockMeans, worst } from '../support/naive-scales.ts';
import { paintedFrame } from '../support/painted-source.ts';
import { PatchMeanEncoder, patchMeans } from '../support/patch-mean-encoder.ts';
import { scenery } from '../support/picture.ts';

const scale = { level: 0, side: 1, tokens: 1 };
const scaled = (index: number, held = false): ScaledFrame => ({
  frame: paintedFrame(index, scenery(48, index)),
  change: score(),
  choice: held ? { scale: undefined, reason: 'still' } : { scale, reason: 'change' },
});

describe('encode', () => {
  test('adds the features of each frame, in order, whichever is ready first', async () => {
    const encoder = new PatchMeanEncoder({ side: 48, takesMs: (i) => 8 - 2 * i });
    const frames = [0, 1, 2, 3].map((i) => scaled(i));
    const results = await lastValueFrom(from(frames).pipe(encode(encoder, 4), toArray()));
    expect(results.map(({ frame }) => frame.index)).toEqual([0, 1, 2, 3]);
    for (const [i, { features }] of results.entries()) {
      expect(worst(features!.data, blockMeans(patchMeans(scenery(48, i), 48, 24), 24, 1, 3))).toBeLessThan(1e-4);
    }
  });

  test('asks the encoder for no more than the scale needs', async () => {
    const nine = { ...scaled(0), choice: { scale: { level: 1, side: 3, tokens: 9 }, reason: 'change' } } as const;
    const encoder = new PatchMeanEncoder({ side: 48 });
    const results = await lastValueFrom(of(scaled(0), nine).pipe(encode(encoder, 1), toArray()));
    expect(results.map(({ features }) => [features?.side, features?.data.length])).toEqual([
      [1, 3],
      [3, 27],
    ]);
  });

  test('does not run the encoder for a held frame', async () => {
    const encoder = new PatchMeanEncoder({ side: 48 });
    const results = await lastValueFrom(
      of(scaled(0), scaled(1, true), scaled(2, true)).pipe(encode(encoder, 2), toArray()),
    );
    expect(encoder.runs).toBe(1);
    expect(results.map(({ features }) => features === undefined)).toEqual([false, true, true]);
  });

  test('gives the pixels of every frame back, held or encoded', async () => {
    const frames = [scaled(0), scaled(1, true), scaled(2)];
    const back: Uint8Array[] = [];
    const encoder = new PatchMeanEncoder({ side: 48 });
    await lastValueFrom(from(frames).pipe(encode(encoder, 2, { recycle: (data) => back.push(data) })));
    expect(new Set(back)).toEqual(new Set(frames.map(({ frame }) => frame.data)));
  });

  test('encodes the better picture of a frame where there is one, asks for none of a held frame, and gives both back', async () => {
    const frames = [scaled(0), scaled(1, true), scaled(2)];
    const better = new Uint8Array(frames[0]!.frame.data.length).fill(200);
    const asked: number[] = [];
    const back: Uint8Array[] = [];
    const picture = (frame: Frame): Promise<Uint8Array<ArrayBuffer>> => {
      asked.push(frame.index);
      return Promise.resolve(frame.index === 0 ? better : frame.data);
    };
    const encoder = new PatchMeanEncoder({ side: 48 });
    const pixels = { picture, recycle: (data: Uint8Array) => void back.push(data) };
    const results = await lastValueFrom(from(frames).pipe(encode(encoder, 1, pixels), toArray()));
    expect(asked).toEqual([frames[0]!.frame.index, frames[2]!.frame.index]);
    expect(results[0]!.features).toEqual(await encoder.encode(better, 1));
    expect(results[2]!.features).toEqual(await encoder.encode(frames[2]!.frame.data, 1));
    expect(back).toHaveLength(4);
    expect(new Set(back)).toEqual(new Set([better, ...frames.map(({ frame }) => frame.data)]));
  });

  test('never has more frames at the encoder than it may', async () => {
    let running = 0;
    let most = 0;
    class Counting extends PatchMeanEncoder {
      override async encode(rgb: Uint8Array<ArrayBuffer>, side?: number) {
        most = Math.max(most, ++running);
        const grid = await super.encode(rgb, side);
        running--;
        return grid;
      }
    }
    const encoder = new Counting({ side: 48, takesMs: (i) => i % 3 });
    const frames = Array.from({ length: 12 }, (_, i) => scaled(i));
    await lastValueFrom(from(frames).pipe(encode(encoder, 3)));
    expect(most).toBe(3);
  });

  test('ends with the error of the encoder', async () => {
    const failure = new Error('worker died');
    const encoder = new PatchMeanEncoder({ side: 48, fails: (i) => (i === 1 ? failure : undefined) });
    await expect(lastValueFrom(of(scaled(0), scaled(1), scaled(2)).pipe(encode(encoder, 1)))).rejects.toBe(failure);
    expect(encoder.runs).toBe(2);
  });

  test('is empty for an empty source', async () => {
    expect(await lastValueFrom(EMPTY.pipe(encode(new PatchMeanEncoder({ side: 48 }), 1), toArray()))).toEqual([]);
  });
});
