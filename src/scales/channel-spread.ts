/** Cells that a frame adds to the estimate: every channel of every seventh cell, so that all rows and columns count. */
const CELL_STRIDE = 7;

/** A channel whose variance is below this share of the mean variance is dead and gets no weight. */
const DEAD = 1e-5;

/** The estimate follows a changing scene: older frames together count as much as this many. */
const MEMORY_FRAMES = 256;

/**
 * How much one unit of each channel is worth. Raw features have a few huge channels that would drown the others, so
 * energies are summed with the weight 1 / (variance × live channels): a cell that is as far off as two cells of the
 * stream are from their mean has the energy 1, whatever the encoder and however many channels it has.
 *
 * The variance of each channel over space and time is learned from the stream itself (running mean and variance,
 * Welford 1962, with a bounded memory); no calibration file is needed.
 */
export class ChannelSpread {
  /** `[channels]`, ≥ 0. Read it; only `learn` writes. */
  readonly weights: Float32Array<ArrayBuffer>;
  readonly #mean: Float64Array;
  readonly #variance: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #frames = 0;

  constructor(channels: number) {
    this.weights = new Float32Array(channels);
    this.#mean = new Float64Array(channels);
    this.#variance = new Float64Array(channels);
    this.#sums = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param features - `[cells, channels]`, read only */
  learn(features: Float32Array): void {
    const channels = this.weights.length;
    const cells = features.length / channels;
    // A few cells of a small grid say too little: there all of them count.
    const stride = cells <= CELL_STRIDE * CELL_STRIDE || this.#frames === 0 ? 1 : CELL_STRIDE;
    const share = 1 / ++this.#frames;
    const n = this.#add(features, this.#frames % stride, stride);
    this.#blend(n, share);
    if (this.#frames > MEMORY_FRAMES) this.#frames = MEMORY_FRAMES;
    this.#weigh();
  }

  /** Sums and squares over every `stride`-th cell from `first` on; how many cells those are. */
  #add(features: Float32Array, first: number, stride: number): number {
    const channels = this.weights.length;
    const sums = this.#sums.fill(0);
    const squares = this.#squares.fill(0);
    let n = 0;
    for (let from = first * channels; from < features.length; from += stride * channels, n++) {
      for (let c = 0; c < channels; c++) {
        const v = features[from + c]!;
        sums[c]! += v;
        squares[c]! += v * v;
      }
    }
    return n;
  }

  /** Joins mean and variance of `n` cells with those of the frames before (Chan et al. 1983, pairwise update). */
  #blend(n: number, share: number): void {
    const means = this.#mean;
    const variances = this.#variance;
    for (let c = 0; c < means.length; c++) {
      const mean = this.#sums[c]! / n;
      const variance = Math.max(0, this.#squares[c]! / n - mean * mean);
      const gap = mean - means[c]!;
      means[c]! += share * gap;
      variances[c] = (1 - share) * variances[c]! + share * variance + share * (1 - share) * gap * gap;
    }
  }

  #weigh(): void {
    const { weights } = this;
    const variances = this.#variance;
    let typical = 0;
    for (let c = 0; c < weights.length; c++) typical += variances[c]! / weights.length;
    let live = 0;
    for (let c = 0; c < weights.length; c++) if (variances[c]! > DEAD * typical) live++;
    for (let c = 0; c < weights.length; c++) {
      const variance = variances[c]!;
      weights[c] = variance > DEAD * typical ? 1 / (variance * live) : 0;
    }
  }
}
