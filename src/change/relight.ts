import { DESCRIPTOR_CHANNELS, DESCRIPTOR_SIDE } from './pixel-descriptor.ts';

const LUMAS = DESCRIPTOR_SIDE ** 2;
const CHROMAS = DESCRIPTOR_CHANNELS - LUMAS;

/** Lumas above this are clipped by the sensor and say nothing of its gain. */
const CLIPPED = 250;

/** Cells that the first line misses by this many times the mean are something else than light, and do not make the second. */
const OUTLIER = 3;

/** A straight line from one picture's values to another's. */
class Line {
  gain = 1;
  offset = 0;
  /** Square of the correlation, 0 … 1. */
  alike = 0;
  /** n, Σx, Σy, Σx², Σxy, Σy²: a field that holds a fraction would be a new object at each addition. */
  readonly #sums = new Float64Array(6);

  clear(): void {
    this.#sums.fill(0);
  }

  add(x: number, y: number): void {
    const sums = this.#sums;
    sums[0]! += 1;
    sums[1]! += x;
    sums[2]! += y;
    sums[3]! += x * x;
    sums[4]! += x * y;
    sums[5]! += y * y;
  }

  /** Least squares. A picture without content says only by how much it shifted. */
  fit(): void {
    const [count = 0, x = 0, y = 0, squaresX = 0, products = 0, squaresY = 0] = this.#sums;
    const n = Math.max(1, count);
    const xx = squaresX - x ** 2 / n;
    const yy = squaresY - y ** 2 / n;
    const xy = products - (x * y) / n;
    this.gain = xx > n ? xy / xx : 1;
    this.offset = (y - this.gain * x) / n;
    this.alike = xx > n && yy > n ? xy ** 2 / (xx * yy) : 0;
  }
}

/**
 * How much of the difference between two pictures is another light on the same things: one gain and offset for all lumas
 * and one for each chroma, by least squares over the cells, those left out that the first line misses.
 */
export class Relight {
  readonly #cells: Int32Array;
  readonly #luma = new Line();
  readonly #chroma: readonly Line[] = Array.from({ length: CHROMAS }, () => new Line());
  /** Energy that the line leaves of each cell, `[counted cells]`. */
  readonly #left: Float32Array;

  /** @param cells - raster indices of those that count */
  constructor(cells: Int32Array) {
    this.#cells = cells;
    this.#left = new Float32Array(cells.length);
  }

  /** Brightness of the second picture as a multiple of the first's, about its mean. */
  get gain(): number {
    return this.#luma.gain;
  }

  /** Square of the correlation of the two pictures' lumas, 0 … 1; 0 where one of them has no content. */
  get alike(): number {
    return this.#luma.alike;
  }

  /**
   * @param from - descriptor of a picture, `[all cells, 18]`, read only
   * @param to - of another, read only
   * @returns the share of the difference's energy that the light explains, at most 1
   */
  fit(from: Float32Array, to: Float32Array): number {
    this.#fitLines(from, to, Infinity);
    const mean = this.#measure(from, to) / this.#cells.length;
    this.#fitLines(from, to, OUTLIER * mean);
    const left = this.#measure(from, to);
    let all = 0;
    for (let k = 0; k < this.#cells.length; k++) {
      const at = this.#cells[k]! * DESCRIPTOR_CHANNELS;
      for (let i = at; i < at + DESCRIPTOR_CHANNELS; i++) all += (to[i]! - from[i]!) ** 2;
    }
    return all === 0 ? 0 : 1 - (left * DESCRIPTOR_CHANNELS) / all;
  }

  /** Energy of a cell's difference that the light does not explain, squared grey levels. */
  energyLeft(from: Float32Array, to: Float32Array, cell: number): number {
    const { gain, offset } = this.#luma;
    const at = cell * DESCRIPTOR_CHANNELS;
    let sum = 0;
    for (let i = at; i < at + LUMAS; i++) sum += (to[i]! - Math.min(255, Math.max(0, gain * from[i]! + offset))) ** 2;
    for (let c = 0; c < CHROMAS; c++) {
      const line = this.#chroma[c]!;
      sum += (to[at + LUMAS + c]! - line.gain * from[at + LUMAS + c]! - line.offset) ** 2;
    }
    return sum / DESCRIPTOR_CHANNELS;
  }

  #fitLines(from: Float32Array, to: Float32Array, most: number): void {
    this.#luma.clear();
    for (const line of this.#chroma) line.clear();
    for (let k = 0; k < this.#cells.length; k++) {
      if (this.#left[k]! > most) continue;
      const at = this.#cells[k]! * DESCRIPTOR_CHANNELS;
      for (let i = at; i < at + LUMAS; i++)
        if (to[i]! < CLIPPED && from[i]! < CLIPPED) this.#luma.add(from[i]!, to[i]!);
      for (let c = 0; c < CHROMAS; c++) this.#chroma[c]!.add(from[at + LUMAS + c]!, to[at + LUMAS + c]!);
    }
    this.#luma.fit();
    for (const line of this.#chroma) line.fit();
  }

  #measure(from: Float32Array, to: Float32Array): number {
    let sum = 0;
    for (let k = 0; k < this.#cells.length; k++) {
      sum += this.#left[k] = this.energyLeft(from, to, this.#cells[k]!);
    }
    return sum;
  }
}
