import { CameraUnrest } from '#dist/change/camera-unrest.js';
import { PixelDescriptor } from '#dist/change/pixel-descriptor.js';
import { describe, expect, test } from 'vitest';
import { brighter, noisy, scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { Random } from '../support/random.ts';

const GRID = 12;
const SIDE = GRID * 16;
const CELLS = GRID * GRID;
const CHANNELS = 18;

/** Learns from pictures; gives back the mean over the cells of what the camera is said to do to the last one. */
function unrestOf(pictures: readonly Picture[], noise = 0): number {
  const describer = new PixelDescriptor(SIDE, GRID);
  const described = pictures.map((picture) => describer.describe(picture, new Float32Array(CELLS * CHANNELS)));
  const unrest = new CameraUnrest(GRID);
  for (let t = 1; t < described.length; t++) unrest.learn(described[t - 1]!, described[t]!, noise);
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) sum += unrest.energyOf(described.at(-1)!, cell);
  return sum / CELLS;
}

const times = (length: number, make: (t: number) => Picture): Picture[] => Array.from({ length }, (_, t) => make(t));
const relit = (picture: Picture, gain: number): Picture =>
  picture.map((value) => Math.min(255, Math.round(value * gain)));

/** A window on a larger picture. */
function windowOn(large: Picture, x: number, y: number): Picture {
  const width = Math.sqrt(large.length / 3);
  const out = new Uint8Array(SIDE * SIDE * 3);
  for (let row = 0; row < SIDE; row++) {
    const from = ((y + row) * width + x) * 3;
    out.set(large.subarray(from, from + SIDE * 3), row * SIDE * 3);
  }
  return out;
}

/** Sum of the squared steps between all neighbouring lumas of which one at least is the cell's, for each luma. */
function contrastOf(values: Float32Array, cell: number): number {
  const side = GRID * 4;
  const cellOf = (row: number, column: number): number => Math.floor(row / 4) * GRID + Math.floor(column / 4);
  const luma = (row: number, column: number): number =>
    values[cellOf(row, column) * CHANNELS + (row % 4) * 4 + (column % 4)]!;
  let sum = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (const [y, x] of [
        [row + 1, column],
        [row, column + 1],
      ] as const) {
        if (y === side || x === side) continue;
        if (cellOf(row, column) === cell || cellOf(y, x) === cell) sum += (luma(y, x) - luma(row, column)) ** 2;
      }
    }
  }
  return sum / 16;
}

describe('the unrest of a camera', () => {
  const still = scenery(SIDE, 1);
  const large = scenery(SIDE + 80, 2);
  // Grain that stands still, so that every cell can tell whether the picture shakes.
  const grainy = noisy(still, 30, new Random(4));

  test('is none where the picture stands still', () => {
    expect(unrestOf(times(20, () => still))).toBe(0);
  });

  test('is not what sensor noise does', () => {
    const random = new Random(1);
    // White noise of 3 grey levels leaves 9 · 2 / 16 in the difference of two means of 4×4 pixels.
    expect(
      unrestOf(
        times(20, () => noisy(still, 3, random)),
        (9 * 2) / 16,
      ),
    ).toBeLessThan(1);
  });

  test('comes near to what flicker of some 3 percent does to the cells', () => {
    const random = new Random(2);
    const gains = Array.from({ length: 60 }, () => 1 + 0.06 * (random.next() - 0.5));
    const frames = gains.map((gain) => relit(still, gain));
    const steps = gains.slice(1).map((gain, i) => (gain - gains[i]!) ** 2);
    const typical = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    const luma = still.reduce((sum, value) => sum + value ** 2, 0) / still.length;
    const found = unrestOf(frames);
    expect(found).toBeGreaterThan((typical * luma) / 4);
    expect(found).toBeLessThan(4 * typical * luma);
  });

  test('comes near to what a shake by a pixel does to the cells', () => {
    const random = new Random(3);
    const frames = times(60, () => windowOn(large, 40 + random.below(3), 40 + random.below(3)));
    const describer = new PixelDescriptor(SIDE, GRID);
    const described = frames.map((frame) => describer.describe(frame, new Float32Array(CELLS * CHANNELS)));
    let sum = 0;
    for (let t = 1; t < 60; t++) {
      for (let i = 0; i < CELLS * CHANNELS; i++) sum += (described[t]![i]! - described[t - 1]![i]!) ** 2;
    }
    const real = sum / 59 / CELLS / CHANNELS;
    const found = unrestOf(frames);
    expect(found).toBeGreaterThan(real / 5);
    expect(found).toBeLessThan(5 * real);
  });

  test('does to a cell what its mean square luma and its contrast say, over its borders and at those of the picture', () => {
    const random = new Random(5);
    const describer = new PixelDescriptor(SIDE, GRID);
    const unrest = new CameraUnrest(GRID);
    const film = times(30, () => windowOn(large, 40 + random.below(3), 40 + random.below(3)));
    const described = film.map((frame) => describer.describe(frame, new Float32Array(CELLS * CHANNELS)));
    for (let t = 1; t < film.length; t++) unrest.learn(described[t - 1]!, described[t]!, 0);
    const flicker = unrest.energyOf(new Float32Array(CELLS * CHANNELS).fill(1), 0);
    const values = random.grid(CELLS * CHANNELS);
    const shakes = Array.from({ length: CELLS }, (_, cell) => {
      const lumas = values.subarray(cell * CHANNELS, cell * CHANNELS + 16);
      const light = lumas.reduce((sum, luma) => sum + luma ** 2, 0) / 16;
      return (unrest.energyOf(values, cell) - flicker * light) / contrastOf(values, cell);
    });
    expect(Math.min(...shakes)).toBeGreaterThan(0);
    expect(Math.max(...shakes) / Math.min(...shakes)).toBeLessThan(1.00001);
  });

  test.each([
    ['a slow drift of light', times(60, (t) => brighter(still, t))],
    ['a pan', times(30, (t) => windowOn(large, 2 * t, 0))],
    ['one change of light that stays', [...times(30, () => still), ...times(12, () => brighter(still, 12))]],
    ['a cut', [...times(30, () => still), ...times(12, () => scenery(SIDE, 9))]],
    [
      'a thing as wide as a third of the picture that moves through it',
      times(40, (t) => withBox(grainy, { x: 3 * t, y: 0, width: 64, height: 192 }, [250, 240, 230])),
    ],
  ])('is not %s', (_, pictures) => {
    expect(unrestOf(pictures)).toBeLessThan(0.5);
  });
});
