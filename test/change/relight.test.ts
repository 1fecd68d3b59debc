import { PixelDescriptor } from '#dist/change/pixel-descriptor.js';
import { Relight } from '#dist/change/relight.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';

const GRID = 24;
const SIDE = GRID * 4;
const all = Int32Array.from({ length: GRID * GRID }, (_, cell) => cell);
const describer = new PixelDescriptor(SIDE, GRID);
const of = (picture: Picture): Float32Array => describer.describe(picture, new Float32Array(GRID * GRID * 18));
const still = scenery(SIDE, 1);
const lit = (gain: number, offset: number): Picture => still.map((value) => Math.min(255, value * gain + offset));

describe('another light on the same picture', () => {
  test('is found, whatever the gain and the offset', () => {
    const gains = fc.double({ min: 0.5, max: 1.2, noNaN: true });
    fc.assert(
      fc.property(gains, fc.integer({ min: 5, max: 30 }), (gain, offset) => {
        const relight = new Relight(all);
        expect(relight.fit(of(still), of(lit(gain, offset)))).toBeGreaterThan(0.9);
        expect(relight.gain).toBeCloseTo(gain, 1);
        expect(relight.alike).toBeGreaterThan(0.98);
      }),
      { numRuns: 30 },
    );
  });

  test('does not hide a thing that came with it', () => {
    const relight = new Relight(all);
    const now = of(withBox(lit(1.2, 0), { x: 40, y: 40, width: 8, height: 8 }, [255, 30, 30]));
    relight.fit(of(still), now);
    expect(relight.energyLeft(of(still), now, 10 * GRID + 10)).toBeGreaterThan(200);
    expect(relight.energyLeft(of(still), now, 2 * GRID + 2)).toBeLessThan(5);
  });

  test('is not what makes another picture of it, nor its negative', () => {
    const relight = new Relight(all);
    relight.fit(of(still), of(scenery(SIDE, 2)));
    expect(relight.alike).toBeLessThan(0.5);
    relight.fit(of(still), of(still.map((value) => 255 - value)));
    expect(relight.gain).toBeLessThan(0);
  });
});
