import { sceneSize, seededRandom } from './sample-scene.ts';
import type { Canvas } from './sample-scene.ts';

/** Side of the ground's texture in pixels, a power of two: it repeats without a seam. */
const side = 1024;

/** One octave of value noise that repeats every `side` pixels, `cell` pixels between its random points. */
function addOctave(target: Float32Array, cell: number, strength: number, seed: number): void {
  const random = seededRandom(seed);
  const cells = side / cell;
  const lattice = Float32Array.from({ length: cells * cells }, () => random() - 0.5);
  const at = (x: number, y: number): number => lattice[(y % cells) * cells + (x % cells)] ?? 0;
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / cell);
    const v = (y % cell) / cell;
    for (let x = 0; x < side; x++) {
      const column = Math.floor(x / cell);
      const u = (x % cell) / cell;
      const upper = at(column, row) * (1 - u) + at(column + 1, row) * u;
      const lower = at(column, row + 1) * (1 - u) + at(column + 1, row + 1) * u;
      const i = y * side + x;
      target[i] = (target[i] ?? 0) + (upper * (1 - v) + lower * v) * strength;
    }
  }
}

/** A forest floor as an endless texture, to be looked at from any place. */
export class SampleGround {
  readonly #moss = new Float32Array(side * side);
  readonly #litter = new Float32Array(side * side);

  constructor() {
    [128, 64, 16].forEach((cell, i) => addOctave(this.#moss, cell, 1 / (i + 1), 11 + i));
    [32, 8, 4].forEach((cell, i) => addOctave(this.#litter, cell, 1 / (i + 1), 21 + i));
  }

  /** Paints all of `canvas`: the texture seen from (`left`, `top`), in its pixels; fractions are cut off. */
  paint(canvas: Canvas, left: number, top: number): void {
    const { width, height } = sceneSize;
    for (let y = 0; y < height; y++) {
      const row = ((y + Math.floor(top)) & (side - 1)) * side;
      for (let x = 0; x < width; x++) {
        const i = row + ((x + Math.floor(left)) & (side - 1));
        const moss = this.#moss[i] ?? 0;
        const litter = this.#litter[i] ?? 0;
        const at = (y * width + x) * 3;
        canvas[at] = 98 + 30 * moss + 130 * litter;
        canvas[at + 1] = 92 + 110 * moss + 90 * litter;
        canvas[at + 2] = 52 + 40 * moss + 60 * litter;
      }
    }
  }
}
