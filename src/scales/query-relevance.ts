import type { QueryRelevance } from '../media/query-reader.ts';
import { PatchLengths, writeFeatures } from './query-lengths.ts';
import type { PatchProjection } from './query-projection.ts';

export type { PatchNorm, PatchProjection } from './query-projection.ts';

/**
 * The cosine between a text's embedding and each cell's features, projected: what CLIP calls similar (Radford et al., arXiv
 * 2103.00020, figure 3), of each patch in place of the picture, as Recoverable Compression takes it (arXiv 2409.01179).
 *
 * e · W x = Wᵀ e · x, so a cell costs a question only channels multiplications; `PatchLengths` has the rest.
 */
export class PatchRelevance implements QueryRelevance {
  readonly text: string;
  readonly #projection: PatchProjection;
  readonly #lengths: PatchLengths;
  /** Wᵀ e ÷ |e|, `[channels]`. */
  readonly #wanted: Float64Array;
  readonly #row: Float32Array;
  #scores = new Float64Array(0);

  /** @param embedding - `[size]` of the text; of any length but 0 */
  constructor(text: string, embedding: Float32Array, projection: PatchProjection) {
    this.text = text;
    this.#projection = projection;
    this.#lengths = PatchLengths.of(projection);
    this.#wanted = backwards(embedding, projection);
    this.#row = new Float32Array(projection.channels);
  }

  /** See {@link QueryRelevance.relevance}: −1 … 1; 0 for a cell whose projection is nothing. */
  relevance(grid: Float32Array): Float64Array {
    const { channels, norm } = this.#projection;
    const lengths = this.#lengths.lengths(grid);
    if (this.#scores.length !== lengths.length) this.#scores = new Float64Array(lengths.length);
    for (const [cell, length] of lengths.entries()) {
      writeFeatures(grid, cell * channels, norm, this.#row);
      let along = 0;
      for (let c = 0; c < channels; c++) along += this.#row[c]! * this.#wanted[c]!;
      const cosine = along / length;
      // Where the map leaves next to nothing of a cell, both are rounding.
      this.#scores[cell] = Number.isFinite(cosine) ? Math.max(-1, Math.min(1, cosine)) : 0;
    }
    return this.#scores;
  }
}

function backwards(embedding: Float32Array, { weights, size, channels }: PatchProjection): Float64Array {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const wanted = new Float64Array(channels);
  for (let i = 0; i < size; i++) {
    const share = embedding[i]! / Math.sqrt(squares);
    for (let c = 0; c < channels; c++) wanted[c]! += share * weights[i * channels + c]!;
  }
  return wanted;
}
