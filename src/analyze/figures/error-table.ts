/** Frames in one block: memory grows with the clip, not at once to its bound. */
const BLOCK = 64;

/**
 * Squared errors of each frame, a few rows of channels a frame, until the clip has ended and it is known what a channel
 * is worth. The only thing of an analysis that grows with the frames: 4 × rows × channels bytes each.
 */
export class ErrorTable {
  frames = 0;
  readonly #rows: number;
  readonly #channels: number;
  readonly #blocks: Float32Array[] = [];

  /** @param rows - of one frame */
  constructor(rows: number, channels: number) {
    this.#rows = rows;
    this.#channels = channels;
  }

  /** @param rows - of one frame, `[channels]` each; copied */
  add(rows: readonly Float64Array[]): void {
    const length = this.#rows * this.#channels;
    const place = this.frames++ % BLOCK;
    if (place === 0) this.#blocks.push(new Float32Array(BLOCK * length));
    const block = this.#blocks.at(-1)!;
    for (const [row, values] of rows.entries()) block.set(values, place * length + row * this.#channels);
  }

  /**
   * The weighted sum of each row's channels.
   * @param weights - `[channels]`
   * @returns for each frame its rows, owned by the caller
   */
  weigh(weights: Float64Array): number[][] {
    const length = this.#rows * this.#channels;
    return Array.from({ length: this.frames }, (_, frame) => {
      const block = this.#blocks[Math.floor(frame / BLOCK)]!;
      const start = (frame % BLOCK) * length;
      return Array.from({ length: this.#rows }, (__, row) => weigh(block, start + row * this.#channels, weights));
    });
  }
}

/** Σ_c weight × value, from `start` on. */
export function weigh(values: Float32Array | Float64Array, start: number, weights: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < weights.length; c++) sum += weights[c]! * values[start + c]!;
  return sum;
}
