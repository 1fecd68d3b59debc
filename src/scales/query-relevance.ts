import type { QueryRelevance } from '../media/query-reader.ts';

/** A linear map from features to the space of a text tower's embeddings. */
export interface PatchProjection {
  /** `[size, channels]`, row-major. */
  readonly weights: Float32Array;
  readonly size: number;
  readonly channels: number;
  /** A layer norm before it. Default: none. */
  readonly norm?: PatchNorm | undefined;
}

/** Layer norm of a row: (x − mean) / √(variance + epsilon) × weight + bias. */
export interface PatchNorm {
  /** `[channels]`. */
  readonly weight: Float32Array;
  /** `[channels]`. */
  readonly bias: Float32Array;
  readonly epsilon: number;
}

/** Cells that are projected together. */
const AT_ONCE = 4;

/**
 * The cosine between a text's embedding and each cell's features, projected: what CLIP calls similar (Radford et al., arXiv
 * 2103.00020, figure 3), of each patch in place of the picture, as Recoverable Compression takes it (arXiv 2409.01179).
 *
 * A cell costs size × channels multiplications where its features are others than at the last call, and a comparison
 * where they are not; so it keeps a copy of the last grid.
 */
export class PatchRelevance implements QueryRelevance {
  readonly text: string;
  readonly #embedding: Float32Array;
  readonly #projection: PatchProjection;
  readonly #rows: readonly Float32Array[];
  #last = new Float32Array(0);
  #scores = new Float64Array(0);

  /** @param embedding - `[size]` of the text; of any length but 0 */
  constructor(text: string, embedding: Float32Array, projection: PatchProjection) {
    this.text = text;
    this.#embedding = embedding;
    this.#projection = projection;
    this.#rows = Array.from({ length: AT_ONCE }, () => new Float32Array(projection.channels));
  }

  /** See {@link QueryRelevance.relevance}: −1 … 1; 0 for a cell whose projection is nothing. */
  relevance(grid: Float32Array): Float64Array {
    const { channels } = this.#projection;
    const cells = grid.length / channels;
    if (this.#last.length !== grid.length) {
      this.#last = new Float32Array(grid.length).fill(NaN);
      this.#scores = new Float64Array(cells);
    }
    const moved: number[] = [];
    for (let cell = 0; cell < cells; cell++) {
      if (!equalRow(grid, this.#last, cell * channels, channels)) moved.push(cell);
    }
    for (let i = 0; i < moved.length; i += AT_ONCE) this.#score(grid, moved.slice(i, i + AT_ONCE));
    this.#last.set(grid);
    return this.#scores;
  }

  #score(grid: Float32Array, cells: readonly number[]): void {
    const { weights, size, channels, norm } = this.#projection;
    for (const [i, row] of this.#rows.entries()) {
      const from = (cells[i] ?? cells[0]!) * channels;
      const features = grid.subarray(from, from + channels);
      if (norm) writeNormed(features, norm, row);
      else row.set(features);
    }
    const along = new Float64Array(AT_ONCE);
    const squares = new Float64Array(AT_ONCE);
    const projected = new Float64Array(AT_ONCE);
    let own = 0;
    for (let i = 0; i < size; i++) {
      const wanted = this.#embedding[i]!;
      own += wanted * wanted;
      project(weights, i * channels, this.#rows, projected);
      for (let k = 0; k < AT_ONCE; k++) {
        along[k]! += projected[k]! * wanted;
        squares[k]! += projected[k]! ** 2;
      }
    }
    for (const [k, cell] of cells.entries()) {
      const cosine = along[k]! / Math.sqrt(squares[k]! * own);
      this.#scores[cell] = Number.isFinite(cosine) ? cosine : 0;
    }
  }
}

function equalRow(a: Float32Array, b: Float32Array, from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** One row of weights times four rows of features: each weight is read once. */
function project(weights: Float32Array, from: number, rows: readonly Float32Array[], out: Float64Array): void {
  const [p, q, r, s] = rows as [Float32Array, Float32Array, Float32Array, Float32Array];
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    const weight = weights[from + i]!;
    a += weight * p[i]!;
    b += weight * q[i]!;
    c += weight * r[i]!;
    d += weight * s[i]!;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

function writeNormed(features: Float32Array, { weight, bias, epsilon }: PatchNorm, out: Float32Array): void {
  let mean = 0;
  for (const value of features) mean += value / features.length;
  let variance = 0;
  for (const value of features) variance += (value - mean) ** 2 / features.length;
  const scale = 1 / Math.sqrt(variance + epsilon);
  for (let c = 0; c < features.length; c++) out[c] = (features[c]! - mean) * scale * weight[c]! + bias[c]!;
}
