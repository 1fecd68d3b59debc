import { DESCRIPTOR_CHANNELS, PixelDescriptor } from '#dist/change/pixel-descriptor.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeSlowly } from '../support/naive-descriptor.ts';
import { worst } from '../support/naive-scales.ts';
import { noisy, scenery, solid } from '../support/picture.ts';
import { Random } from '../support/random.ts';

function described(rgb: Uint8Array, side: number, gridSide: number): Float32Array {
  const out = new Float32Array(gridSide ** 2 * DESCRIPTOR_CHANNELS);
  return new PixelDescriptor(side, gridSide).describe(rgb, out);
}

/** A frame of random bytes that begins `offset` bytes into its buffer. */
function noise(side: number, seed: number, offset = 0): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: offset + side * side * 3 }, () => random.below(256)).subarray(offset);
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
    expect(described(rgb, side, gridSide)).toEqual(describeSlowly(rgb, side, gridSide));
  });

  test('equals its definition to the bit, for any pixels, side and grid, wherever the frame begins in its buffer', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(70), fc.nat(17), fc.integer());
    fc.assert(
      fc.property(shapes, ([gridSide, more, offset, seed]) => {
        const side = gridSide * 4 + more;
        const rgb = noise(side, seed, offset);
        expect(described(rgb, side, gridSide)).toEqual(describeSlowly(rgb, side, gridSide));
      }),
    );
  });

  test.each([
    ['white', () => solid(2060, [255, 255, 255])],
    ['noise', () => noise(2060, 1)],
  ])('of %s does not run over where one sub-block has more rows than a byte has values', (_, make) => {
    const rgb = make();
    expect(described(rgb, 2060, 1)).toEqual(describeSlowly(rgb, 2060, 1));
  });

  test('is no other where several are made in turn, of frames of several sizes', () => {
    const sizes = [
      [384, 24],
      [97, 24],
      [45, 7],
    ] as const;
    const all = sizes.map(([side, gridSide]) => ({ side, gridSide, descriptor: new PixelDescriptor(side, gridSide) }));
    for (let t = 0; t < 3; t++) {
      for (const { side, gridSide, descriptor } of all) {
        const rgb = noise(side, t);
        const out = descriptor.describe(rgb, new Float32Array(gridSide ** 2 * DESCRIPTOR_CHANNELS));
        expect(out).toEqual(describeSlowly(rgb, side, gridSide));
      }
    }
  });

  test('makes no buffer', () => {
    const rgb = noise(384, 1);
    const out = new Float32Array(576 * DESCRIPTOR_CHANNELS);
    const descriptor = new PixelDescriptor(384, 24);
    const before = process.memoryUsage().arrayBuffers;
    for (let t = 0; t < 20; t++) descriptor.describe(rgb, out);
    expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before);
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
