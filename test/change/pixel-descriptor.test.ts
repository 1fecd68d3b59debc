import { DESCRIPTOR_CHANNELS, PixelDescriptor } from '#dist/change/pixel-descriptor.js';
import { describe, expect, test } from 'vitest';
import { describeSlowly } from '../support/naive-descriptor.ts';
import { worst } from '../support/naive-scales.ts';
import { noisy, scenery, solid } from '../support/picture.ts';
import { Random } from '../support/random.ts';

function described(rgb: Uint8Array, side: number, gridSide: number): Float32Array {
  const out = new Float32Array(gridSide ** 2 * DESCRIPTOR_CHANNELS);
  return new PixelDescriptor(side, gridSide).describe(rgb, out);
}

describe('the pixel descriptor', () => {
  test.each([
    [384, 24],
    [336, 24],
    [224, 14],
    [378, 27],
    [101, 24],
    [97, 24],
    [96, 24],
    [45, 7],
    [4, 1],
    [5, 1],
  ])('of a %i-px frame on a grid of side %i equals its definition', (side, gridSide) => {
    const rgb = noisy(scenery(side, side), 40, new Random(gridSide));
    expect(worst(described(rgb, side, gridSide), describeSlowly(rgb, side, gridSide))).toBeLessThan(1e-3);
  });

  test.each([
    ['black', [0, 0, 0], 0, 0, 0],
    ['white', [255, 255, 255], 255, 0, 0],
    ['red', [255, 0, 0], 76.245, -86.0, 254.89],
    ['blue', [0, 0, 255], 29.07, 254.85, -41.45],
  ] as const)('of a %s frame has the luma and the doubled chroma of BT.601', (_, color, luma, cb, cr) => {
    const [small, large] = [96, 384].map((side) => described(solid(side, [color[0], color[1], color[2]]), side, 24));
    const cells = [...small!, ...large!];
    for (let i = 0; i < cells.length; i++) {
      const channel = i % DESCRIPTOR_CHANNELS;
      expect(Math.abs(cells[i]! - (channel < 16 ? luma : channel === 16 ? cb : cr))).toBeLessThan(0.1);
    }
  });

  test('is the same wherever the frame begins in its buffer', () => {
    const rgb = noisy(scenery(384, 5), 60, new Random(5));
    const expected = described(rgb, 384, 24);
    for (const offset of [1, 2, 3, 4, 6]) {
      const large = new Uint8Array(rgb.length + 8);
      large.set(rgb, offset);
      expect(worst(described(large.subarray(offset, offset + rgb.length), 384, 24), expected)).toBeLessThan(1e-4);
    }
  });

  test('overwrites what was in its output and leaves the frame alone', () => {
    const rgb = scenery(96, 3);
    const before = rgb.slice();
    const out = new Float32Array(576 * DESCRIPTOR_CHANNELS).fill(1000);
    const descriptor = new PixelDescriptor(96, 24);
    expect(descriptor.describe(rgb, out)).toBe(out);
    const first = out.slice();
    expect(worst(descriptor.describe(rgb, out), first)).toBe(0);
    expect(rgb).toEqual(before);
  });

  test('sees every pixel: changing any one changes it', () => {
    const side = 45;
    const rgb = solid(side, [100, 100, 100]);
    const plain = described(rgb, side, 7);
    for (let pixel = 0; pixel < side * side; pixel++) {
      rgb[pixel * 3 + 1] = 255;
      expect(worst(described(rgb, side, 7), plain)).toBeGreaterThan(1);
      rgb[pixel * 3 + 1] = 100;
    }
  });

  test('refuses a frame that has fewer pixels than sub-blocks', () => {
    expect(() => new PixelDescriptor(95, 24)).toThrow(expect.objectContaining({ code: 'ENCODER_CARD_INVALID' }));
  });
});
