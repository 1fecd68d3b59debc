/** A channel whose variance is below this share of the mean variance is dead and gets no weight. */
const DEAD = 1e-5;

/**
 * Sums over a whole clip from which its energies follow once it has ended, without keeping a frame:
 * Σ‖X − μ‖² = Σ‖X‖² − T‖μ‖² for any mean μ.
 */
export class FeatureMoments {
  frames = 0;
  readonly #channels: number;
  /** Σ_t X, `[cells, channels]`. */
  readonly #sums: Float64Array;
  /** Σ_t Σ_cells X², `[channels]`. */
  readonly #squares: Float64Array;

  constructor(cells: number, channels: number) {
    this.#channels = channels;
    this.#sums = new Float64Array(cells * channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param features - `[cells, channels]`, read only; not kept */
  add(features: Float32Array): void {
    const channels = this.#channels;
    for (let from = 0; from < features.length; from += channels) {
      for (let c = 0; c < channels; c++) {
        const v = features[from + c]!;
        this.#sums[from + c]! += v;
        this.#squares[c]! += v * v;
      }
    }
    this.frames++;
  }

  /**
   * What one unit of each channel's squared error is worth, `[channels]`: 1 / (variance × live channels × cells), so
   * that a frame of nothing but the channels' means has the error 1. A few huge channels would drown the others else.
   * All 0 where nothing in the clip differs.
   */
  weights(): Float64Array {
    const cells = this.#sums.length / this.#channels;
    const variances = this.#variances(cells);
    const typical = variances.reduce((sum, v) => sum + v, 0) / this.#channels;
    const live = variances.filter((v) => v > DEAD * typical).length;
    return variances.map((v) => (v > DEAD * typical ? 1 / (v * live * cells) : 0));
  }

  /** Mean over frames of ‖X − μ‖² with μ the mean of each position, 0 … 1: the share of all variance that is change. */
  changeShare(weights: Float64Array): number {
    let held = 0;
    for (let i = 0; i < this.#sums.length; i++) held += weights[i % this.#channels]! * this.#sums[i]! ** 2;
    const all = this.#squares.reduce((sum, square, c) => sum + weights[c]! * square, 0);
    return this.frames === 0 ? 0 : Math.max(0, all - held / this.frames) / this.frames;
  }

  /** Of each channel, over space and time. */
  #variances(cells: number): Float64Array {
    const means = new Float64Array(this.#channels);
    for (let i = 0; i < this.#sums.length; i++) means[i % this.#channels]! += this.#sums[i]!;
    const n = Math.max(1, cells * this.frames);
    return means.map((sum, c) => Math.max(0, this.#squares[c]! / n - (sum / n) ** 2));
  }
}
