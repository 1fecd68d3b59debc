import type { Contender } from './contenders/contender.ts';
import { weigh } from './figures/error-table.ts';
import { addSquaredDistance } from './figures/scale-errors.ts';

/** What one contender sent and what its receiver lacks, summed over the clip. */
export class Score {
  readonly contender: Contender;
  tokens = 0;
  /** Σ_t Σ_tokens (P X − X̂)² at the contender's finest scale, `[channels]`. */
  readonly #errors: Float64Array;
  /** Cells of the patch grid that one of its tokens stands for. */
  readonly #share: number;

  /** @param gridSide - of the encoder */
  constructor(contender: Contender, gridSide: number, channels: number) {
    this.contender = contender;
    this.#errors = new Float64Array(channels);
    this.#share = (gridSide / contender.side) ** 2;
  }

  /**
   * After the contender took the frame.
   * @param means - of the frame at its finest scale, read only
   */
  add(tokens: number, means: Float32Array): void {
    this.tokens += tokens;
    addSquaredDistance(means, this.contender.held, this.#errors);
  }

  /** Σ_t ‖Π X − X̂‖² in cells of the patch grid; what is finer than the contender's finest scale comes on top. */
  error(weights: Float64Array): number {
    return this.#share * weigh(this.#errors, 0, weights);
  }
}
