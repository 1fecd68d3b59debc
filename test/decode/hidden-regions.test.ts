import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codedRegion } from '#dist/decode/hidden-regions.js';
import type { Region } from '#dist/media/region.js';
import { clip } from '../support/clips.ts';
import { decodeAll, decoders, first, openError, smallTarget } from '../support/decoding.ts';
import { blue, distance, green, pixel, red, white } from '../support/pictures.ts';
import type { Rgb } from '../support/pictures.ts';

const turns = [
  ['upright', [red, green, blue, white]],
  ['turned90', [blue, red, white, green]],
  ['turned180', [white, blue, green, red]],
  ['turned270', [green, white, red, blue]],
] as const;

const painted: readonly (readonly [number, number])[] = [
  [0.55, 0.05],
  [0.75, 0.25],
  [0.95, 0.05],
  [0.95, 0.45],
];

describe.each(decoders)('a hidden part of the picture, decoded by %s', (decoder) => {
  it.each(turns)('is painted over where the upright picture has it (%s)', async (name, colours) => {
    const hide = [{ x: 0.5, y: 0, width: 0.5, height: 0.5 }];
    const frame = first((await decodeAll(await clip(name), decoder, {}, { hide })).frames);
    for (const [x, y] of painted) expect(distance(pixel(frame, x, y), smallTarget.padColor)).toBeLessThan(8);
    const places: readonly (readonly [number, number, Rgb])[] = [
      [0.2, 0.2, colours[0]],
      [0.2, 0.8, colours[2]],
      [0.8, 0.8, colours[3]],
    ];
    for (const [x, y, colour] of places) expect(distance(pixel(frame, x, y), colour)).toBeLessThan(25);
  });

  it('leaves nothing of itself at its edges', async () => {
    // A third of 321 × 241 pixels: no edge lies between two pixels.
    const hide = [
      { x: 0, y: 0, width: 1, height: 1 / 3 },
      { x: 0, y: 1 / 3, width: 1, height: 2 / 3 },
    ];
    const { frames } = await decodeAll(await clip('odd'), decoder, {}, { hide });
    for (let at = 0; at < 64; at++) {
      expect(distance(pixel(first(frames), 0.5, at / 64), smallTarget.padColor)).toBeLessThan(8);
    }
  });
});

describe('codedRegion', () => {
  const share = fc.integer({ min: 0, max: 64 }).map((n) => n / 64);
  const region: fc.Arbitrary<Region> = fc
    .tuple(share, share, share, share)
    .map(([x, y, width, height]) => ({ x, y, width: width * (1 - x), height: height * (1 - y) }));

  it('turns a rectangle back four quarters to where it was', () => {
    fc.assert(
      fc.property(region, (start) => {
        let turned = start;
        for (let i = 0; i < 4; i++) turned = codedRegion(turned, 90);
        const back = codedRegion(codedRegion(start, 90), 270);
        for (const key of ['x', 'y', 'width', 'height'] as const) {
          expect(turned[key]).toBeCloseTo(start[key], 9);
          expect(back[key]).toBeCloseTo(start[key], 9);
        }
      }),
    );
  });
});

describe('the option "hide"', () => {
  it.each([
    { x: -0.1, y: 0, width: 0.5, height: 0.5 },
    { x: 0.6, y: 0, width: 0.5, height: 0.5 },
    { x: 0, y: 0, width: 0, height: 0.5 },
    { x: NaN, y: 0, width: 0.5, height: 0.5 },
  ])('refuses %o', async (outside) => {
    const error = await openError(await clip('upright'), 'libav', { hide: [outside] });
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.what).toContain(JSON.stringify(outside));
  });

  it('refuses more rectangles than it has filters for', async () => {
    const hide = Array.from({ length: 33 }, () => ({ x: 0, y: 0, width: 1, height: 1 }));
    expect((await openError(await clip('upright'), 'libav', { hide })).what).toContain('33 rectangles');
  });
});
