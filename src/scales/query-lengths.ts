import type { PatchNorm, PatchProjection } from './query-projection.ts';

/** Grids whose lengths are kept for each projection: those of a few streams, each as one or two subscribers see it. */
const GRIDS = 8;

/** Cells that are projected together. */
const AT_ONCE = 4;

interface KnownGrid {
  readonly grid: Float32Array;
  /** `[cells]`. */
  readonly lengths: Float64Array<ArrayBuffer>;
}

const shared = new WeakMap<PatchProjection, PatchLengths>();

/**
 * How long each cell's features are, projected: the part of a cosine that is the same for every question, and that costs
 * size × channels multiplications a cell. So it is worked out once for all who ask of the same grid, and again only for
 * cells that have changed. Keeps copies of the last 8 grids.
 */
export class PatchLengths {
  readonly #projection: PatchProjection;
  readonly #rows: readonly Float32Array[];
  /** The one used last first. */
  #known: readonly KnownGrid[] = [];

  private constructor(projection: PatchProjection) {
    this.#projection = projection;
    this.#rows = Array.from({ length: AT_ONCE }, () => new Float32Array(projection.channels));
  }

  /** The one that all questions through this projection share. */
  static of(projection: PatchProjection): PatchLengths {
    const lengths = shared.get(projection) ?? new PatchLengths(projection);
    shared.set(projection, lengths);
    return lengths;
  }

  /**
   * @param grid - `[cells, channels]`, read only
   * @returns `[cells]`, ≥ 0: a function of each cell's features alone. Shared: not to be written to
   */
  lengths(grid: Float32Array): Float64Array {
    const { channels } = this.#projection;
    const lengths = new Float64Array(grid.length / channels);
    const alike = this.#known.filter((known) => known.grid.length === grid.length);
    const moved: number[] = [];
    const sources = new Set<KnownGrid>();
    for (let cell = 0; cell < lengths.length; cell++) {
      const known = alike.find((one) => equalRow(grid, one.grid, cell * channels, channels));
      if (known) {
        lengths[cell] = known.lengths[cell]!;
        sources.add(known);
      } else moved.push(cell);
    }
    for (let i = 0; i < moved.length; i += AT_ONCE) this.#measure(grid, moved.slice(i, i + AT_ONCE), lengths);
    const [only] = sources;
    const found = only && sources.size === 1 && moved.length === 0 ? only : { grid: grid.slice(), lengths };
    this.#known = [found, ...this.#known.filter((known) => known !== found)].slice(0, GRIDS);
    return found.lengths;
  }

  #measure(grid: Float32Array, cells: readonly number[], lengths: Float64Array): void {
    const { weights, size, channels, norm } = this.#projection;
    for (const [i, row] of this.#rows.entries()) writeFeatures(grid, (cells[i] ?? cells[0]!) * channels, norm, row);
    const squares = new Float64Array(AT_ONCE);
    for (let i = 0; i < size; i++) addSquares(weights, i * channels, this.#rows, squares);
    for (const [k, cell] of cells.entries()) lengths[cell] = Math.sqrt(squares[k]!);
  }
}

/** A cell's features as the projection takes them: through the norm, where there is one. */
export function writeFeatures(grid: Float32Array, from: number, norm: PatchNorm | undefined, out: Float32Array): void {
  const features = grid.subarray(from, from + out.length);
  if (!norm) return out.set(features);
  let mean = 0;
  for (const value of features) mean += value / features.length;
  let variance = 0;
  for (const value of features) variance += (value - mean) ** 2 / features.length;
  const scale = 1 / Math.sqrt(variance + norm.epsilon);
  for (let c = 0; c < out.length; c++) out[c] = (features[c]! - mean) * scale * norm.weight[c]! + norm.bias[c]!;
}

function equalRow(a: Float32Array, b: Float32Array, from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** One row of weights times four rows of features: each weight is read once. */
function addSquares(weights: Float32Array, from: number, rows: readonly Float32Array[], out: Float64Array): void {
  const [p, q, r, s] = rows as [Float32Array, Float32Array, Float32Array, Float32Array];
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    const weight = weights[from + i]!;
    a += weight * p[i]!;
    b += weight * q[i]!;
    c += weight * r[i]!;
    d += weight * s[i]!;
  }
  out[0]! += a * a;
  out[1]! += b * b;
  out[2]! += c * c;
  out[3]! += d * d;
}
