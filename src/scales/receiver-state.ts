import type { Ladder, TokenScale } from '../media/token-scale.ts';
import { energy, parentCell, pool } from './pool.ts';

/**
 * What the receiver can rebuild of a stream from all it was sent: X̂ of shape `[gridSide², channels]`.
 *
 * Sending scale s of a frame X updates X̂ ← X̂ + U_s(P_s X − P_s X̂): the coarse part is replaced, older fine detail
 * stays. What is left, ‖(I − Π_s)(X − X̂)‖², is never more than before, so one token is never worse than holding, and
 * since the residual is taken against what was sent, slow drift adds up instead of getting lost.
 */
export class ReceiverState {
  /** X̂, `[gridSide², channels]`. Read it; only `send` and `replace` write. */
  readonly held: Float32Array<ArrayBuffer>;
  readonly #ladder: Ladder;
  readonly #channels: number;
  readonly #residual: Float32Array<ArrayBuffer>;
  readonly #pooled: Float32Array<ArrayBuffer>;
  readonly #parents: readonly Int32Array[];

  /** @param channels - of one cell; the grid's size is the ladder's */
  constructor(ladder: Ladder, channels: number) {
    const cells = ladder.gridSide ** 2;
    this.#ladder = ladder;
    this.#channels = channels;
    this.held = new Float32Array(cells * channels);
    this.#residual = new Float32Array(cells * channels);
    this.#pooled = new Float32Array(cells * channels);
    this.#parents = ladder.scales.map((scale) =>
      Int32Array.from({ length: cells }, (_, cell) => parentCell(cell, ladder.gridSide, scale.side)),
    );
  }

  /**
   * X − X̂. The array belongs to this object and is overwritten by the next call.
   * @param x - `[gridSide², channels]`, read only
   */
  residual(x: Float32Array): Float32Array<ArrayBuffer> {
    const { held } = this;
    const residual = this.#residual;
    for (let i = 0; i < held.length; i++) residual[i] = x[i]! - held[i]!;
    return residual;
  }

  /**
   * E_t(s) = ‖R‖² − (N/s)·‖P_s R‖² for every scale, coarsest first: the squared error that stays after sending it.
   * @param x - `[gridSide², channels]`, read only
   */
  errors(x: Float32Array): number[] {
    const residual = this.residual(x);
    const total = energy(residual);
    const { gridSide, scales } = this.#ladder;
    return scales.map(({ side, tokens }) => {
      const pooled = pool(residual, gridSide, side, this.#channels, this.#pooled);
      const kept = energy(pooled.subarray(0, tokens * this.#channels));
      return Math.max(0, total - (gridSide ** 2 / tokens) * kept);
    });
  }

  /** The frame went out at `scale`: its block means replace the coarse part of X̂. */
  send(x: Float32Array, scale: TokenScale): void {
    const { gridSide } = this.#ladder;
    const channels = this.#channels;
    const pooled = pool(this.residual(x), gridSide, scale.side, channels, this.#pooled);
    const parents = this.parentsOf(scale);
    for (let cell = 0; cell < gridSide ** 2; cell++) {
      const to = cell * channels;
      const from = parents[cell]! * channels;
      for (let c = 0; c < channels; c++) this.held[to + c]! += pooled[from + c]!;
    }
  }

  /** The receiver holds exactly `x` now: a first frame, or one sent at a scale that leaves nothing behind. */
  replace(x: Float32Array): void {
    this.held.set(x);
  }

  /** For each cell of the patch grid, the raster index of the token of `scale` that covers it. */
  parentsOf(scale: TokenScale): Int32Array {
    const parents = this.#parents[scale.level];
    if (!parents) throw new RangeError(`No scale of level ${scale.level} in this ladder.`);
    return parents;
  }
}
