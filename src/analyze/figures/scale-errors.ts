import { pool } from '../../scales/pool.ts';

/**
 * What every scale leaves unsaid of a grid R, channel by channel: ‖(I − Π_s)R‖² = ‖R‖² − (cells/s)·‖P_s R‖², since Π_s
 * is an orthogonal projector. Channels stay apart because what one is worth is known only when the clip has ended.
 */
export class ScaleErrors {
  /** For each scale, coarsest first, `[channels]`; the last is 0. Overwritten by `measure`. */
  readonly left: readonly Float64Array[];
  /** P_s R for each scale but the grid itself, `[side², channels]`. Overwritten by `measure`. */
  readonly means: readonly Float32Array[];
  readonly #sides: readonly number[];
  readonly #channels: number;

  /** @param sides - of the scales, coarsest first; each divides the next, the last is the grid's */
  constructor(sides: readonly number[], channels: number) {
    this.#sides = sides;
    this.#channels = channels;
    this.left = sides.map(() => new Float64Array(channels));
    this.means = sides.slice(0, -1).map((side) => new Float32Array(side * side * channels));
  }

  /** @param grid - R, `[side², channels]` of the finest scale, read only; not kept */
  measure(grid: Float32Array): void {
    const finest = this.#sides.length - 1;
    const total = this.left[finest]!.fill(0);
    addSquares(grid, this.#channels, total);
    let finer = grid;
    for (let level = finest - 1; level >= 0; level--) {
      const side = this.#sides[level]!;
      const means = pool(finer, this.#sides[level + 1]!, side, this.#channels, this.means[level]!);
      const share = (this.#sides[finest]! / side) ** 2;
      const left = this.left[level]!.fill(0);
      addSquares(means, this.#channels, left);
      for (let c = 0; c < left.length; c++) left[c] = Math.max(0, total[c]! - share * left[c]!);
      finer = means;
    }
    total.fill(0);
  }
}

function addSquares(grid: Float32Array, channels: number, into: Float64Array): void {
  for (let from = 0; from < grid.length; from += channels) {
    for (let c = 0; c < channels; c++) {
      const v = grid[from + c]!;
      into[c]! += v * v;
    }
  }
}

/**
 * Adds Σ_cells (a − b)² to each channel.
 * @param a - `[cells, channels]`, read only; `b` likewise
 * @param into - `[channels]`
 */
export function addSquaredDistance(a: Float32Array, b: Float32Array, into: Float64Array): void {
  const channels = into.length;
  for (let from = 0; from < a.length; from += channels) {
    for (let c = 0; c < channels; c++) {
      const d = a[from + c]! - b[from + c]!;
      into[c]! += d * d;
    }
  }
}

/** out = a − b, all of one length. */
export function subtract(a: Float32Array, b: Float32Array, out: Float32Array): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}
