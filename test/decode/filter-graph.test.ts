import { describe, expect, it } from 'vitest';
import type { Frame } from '#dist/media/frame.js';
import { seconds } from '#dist/media/timebase.js';
import { clip, writtenSeconds } from '../support/clips.ts';
import { decodeAll, decoders, first, smallTarget } from '../support/decoding.ts';
import { blue, distance, green, pixel, readBarcode, red, white } from '../support/pictures.ts';
import type { Rgb } from '../support/pictures.ts';

/** Colours in the four corners, a little inside: top left, top right, bottom left, bottom right. */
function corners(frame: Frame): Rgb[] {
  return [pixel(frame, 0.2, 0.2), pixel(frame, 0.8, 0.2), pixel(frame, 0.2, 0.8), pixel(frame, 0.8, 0.8)];
}

function expectColours(seen: readonly Rgb[], wanted: readonly Rgb[]): void {
  seen.forEach((colour, i) => {
    expect(distance(colour, wanted[i] ?? [0, 0, 0]), `place ${i} shows ${colour.join(' ')}`).toBeLessThan(25);
  });
}

describe.each(decoders)('the filter graph of the %s decoder', (decoder) => {
  describe('makes a square', () => {
    it.each([
      ['upright', [red, green, blue, white]],
      ['turned90', [blue, red, white, green]],
      ['turned180', [white, blue, green, red]],
      ['turned270', [green, white, red, blue]],
    ] as const)('that stands upright (%s)', async (name, wanted) => {
      const { source, frames } = await decodeAll(await clip(name), decoder);
      const sideways = name === 'turned90' || name === 'turned270';
      expect([source.facts.width, source.facts.height]).toEqual(sideways ? [240, 320] : [320, 240]);
      expectColours(corners(first(frames)), wanted);
    });

    it('padded above and below a wide picture', async () => {
      const frame = first((await decodeAll(await clip('wide'), decoder, { resize: 'pad' })).frames);
      // 2 : 1 in 64 px: rows 16 … 47.
      expect([pixel(frame, 0.5, 0), pixel(frame, 0.5, 15.5 / 64), pixel(frame, 0.1, 48.5 / 64)]).toEqual(
        [1, 2, 3].map(() => smallTarget.padColor),
      );
      const inside = [17 / 64, 46 / 64].flatMap((y) => [pixel(frame, 0.02, y), pixel(frame, 0.98, y)]);
      expectColours(inside, [red, green, blue, white]);
    });

    it('padded at the sides of a picture that was turned upright', async () => {
      const frame = first((await decodeAll(await clip('turned90'), decoder, { resize: 'pad' })).frames);
      // 3 : 4 in 64 px: columns 8 … 55.
      expect([pixel(frame, 7.5 / 64, 0.5), pixel(frame, 56.5 / 64, 0.5)]).toEqual(
        [0, 0].map(() => smallTarget.padColor),
      );
      expectColours([pixel(frame, 10 / 64, 0.05), pixel(frame, 53 / 64, 0.95)], [blue, green]);
    });

    it('cut out of the middle of a wide picture, its proportions kept', async () => {
      const frame = first((await decodeAll(await clip('wide'), decoder, { resize: 'crop' })).frames);
      expectColours(corners(frame), [red, green, blue, white]);
      expectColours([pixel(frame, 0.45, 0.01), pixel(frame, 0.55, 0.01)], [red, green]);
    });

    it.each([
      ['wide', [red, white]],
      ['turned90', [blue, green]],
    ] as const)('of the shape that is asked for, whatever the stream says (%s)', async (name, corner) => {
      const frame = first((await decodeAll(await clip(name), decoder, { resize: 'pad', shape: [4, 3] })).frames);
      // 4 : 3 in 64 px: rows 8 … 55.
      const bars = [pixel(frame, 0.5, 7.5 / 64), pixel(frame, 0.5, 56.5 / 64)];
      expect(bars).toEqual([smallTarget.padColor, smallTarget.padColor]);
      expectColours([pixel(frame, 0.02, 9.5 / 64), pixel(frame, 0.98, 54 / 64)], corner);
    });

    it('as wide as its pixels are shown', async () => {
      const { frames } = await decodeAll(await clip('anamorphic'), decoder, { resize: 'pad' });
      // 160 pixels of 2 : 1 by 240 are 4 : 3: rows 8 … 55.
      expect(pixel(first(frames), 0.5, 7.5 / 64)).toEqual(smallTarget.padColor);
      expectColours([pixel(first(frames), 0.02, 9.5 / 64), pixel(first(frames), 0.98, 54 / 64)], [red, white]);
    });
  });

  describe('samples', () => {
    it.each([1, 5, 7, 12.5])('the first frame of each slot at %d fps, with its own pts', async (fps) => {
      const path = await clip('constant');
      const { source, frames } = await decodeAll(path, decoder, { fps });
      const slots = writtenSeconds('constant').map((s) => Math.floor(s * fps + 0.382));
      const wanted = slots.flatMap((slot, i) => (i === 0 || slot > (slots[i - 1] ?? 0) ? [i] : []));
      expect(frames.map((f) => readBarcode(f))).toEqual(wanted);
      frames.forEach((f, i) => expect(seconds(f.pts, f.timebase)).toBeCloseTo((wanted[i] ?? NaN) / 25, 9));
      expect(frames.map((f) => f.index)).toEqual(wanted.map((_, i) => i));
      expect(source.counts).toEqual({ decoded: 60, discarded: 0, skipped: 60 - wanted.length });
    });

    it.each([
      ['constant', 25],
      ['rounded30', 30],
      ['lateStart', 25],
    ] as const)('nothing away at the rate of the clip (%s)', async (name, fps) => {
      const { frames } = await decodeAll(await clip(name), decoder, { fps });
      expect(frames).toHaveLength(writtenSeconds(name).length);
    });
  });
});
