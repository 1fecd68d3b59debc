import type { Ladder } from '../media/token-scale.ts';
import { ChannelSpread } from './channel-spread.ts';
import { Float32Rows } from './float32-rows.ts';
import type { ScaleTree } from './scale-tree.ts';

/** How long a residual is expected to stay. Measured on real clips: docs/decisions/0010. */
export interface Persistence {
  /** Frames that a residual is expected to stay, for each frame that it has stayed. */
  readonly slope: number;
  /** … and at most this many. */
  readonly cap: number;
  /** Frames that what a first frame or a cut shows is expected to stay. */
  readonly first: number;
  /** Share of a cell's residual that may differ from what was expected before the cell counts as changed. */
  readonly changed: number;
  /** Smallest weight of the newest frame in the running mean. */
  readonly blend: number;
  /** Part of its energy that a single patch on a cell that has just changed is not credited with: patches are noisy. */
  readonly patchNoise: number;
  /** Part of the `first` frames that such a patch is credited with, which pays where pictures rest. */
  readonly patchFirst: number;
}

/** What the clips taught. */
export const PERSISTENCE: Persistence = {
  slope: 0.25,
  cap: 32,
  first: 4,
  changed: 0.35,
  blend: 0.1,
  patchNoise: 0.3,
  patchFirst: 0.3,
};

/**
 * What is left to say: R = X − X̂ of one stream, with an idea of how much of it will stay.
 *
 * Each cell keeps the running mean Q of its residual since it last changed, and its age, the frames for which it has
 * not. A token with the value m (the block mean of R) then gains, summed over its cells,
 * |R|² − |R − m|² now, and |Q|² − |Q − m|² in each of the H frames for which Q is expected to stay; H grows with the
 * age. Q is taken without the newest frame, so that noise does not look like something that stays.
 * In a first frame or after a cut nothing is known of a cell: there Q is R. A token that is a single patch of the
 * encoder, on a cell that has just changed, loses some of its gain: see `Persistence`.
 * A closed loop: X̂ is what the receiver holds, so whatever was not sent stays in R and grows older.
 */
export class FeatureResidual {
  readonly spread: ChannelSpread;
  /** For each level, what sending each token gains, cells × frames (see `ChannelSpread`). Overwritten by `observe`. */
  readonly gains: readonly Float64Array[];
  /** For each level, how much of the energy of this frame each token takes away. Overwritten by `observe`. */
  readonly reliefs: readonly Float64Array[];
  /** Mean energy of a cell's residual before anything is sent, cells. */
  energy = 0;
  readonly #tree: ScaleTree;
  readonly #tuning: Persistence;
  /** Whether the finest level's tokens are the encoder's own patches. */
  readonly #patches: boolean;
  /** `[cells]` of the finest level: 1 where nothing is worth a token. */
  readonly #ignored: Uint8Array | undefined;
  readonly #age: Float32Array;
  /** For each level, 1 + H summed over the cells. */
  readonly #spans: readonly Float64Array[];
  /** All that has channels; see `RowPlan` for what lies where. */
  readonly #rows: Float32Rows;
  readonly #plan: RowPlan;

  /**
   * @param tree - of `ladder`; its finest level is the grid of `x`
   * @param ignored - `[cells]` of that level: 1 where nothing is worth a token; default none
   */
  constructor(
    ladder: Ladder,
    tree: ScaleTree,
    channels: number,
    tuning: Persistence = PERSISTENCE,
    ignored?: Uint8Array,
  ) {
    const cells = tree.sizes.at(-1)!;
    this.#tree = tree;
    this.#tuning = tuning;
    this.#ignored = ignored;
    this.#patches = cells === ladder.gridSide ** 2;
    this.spread = new ChannelSpread(channels);
    this.#age = new Float32Array(cells);
    this.#spans = tree.sizes.map((tokens) => new Float64Array(tokens));
    this.gains = tree.sizes.map((tokens) => new Float64Array(tokens));
    this.reliefs = tree.sizes.map((tokens) => new Float64Array(tokens));
    this.#plan = planRows(tree);
    this.#rows = new Float32Rows(this.#plan.total, channels);
  }

  /**
   * Takes in a frame: fills `gains`, `reliefs` and `energy`.
   * @param x - `[cells, channels]` of the finest level, read only
   * @param held - X̂ of the same shape, read only
   * @param scene - the frame is the first, or the first after a cut: all that was learned of the cells is void
   */
  observe(x: Float32Array, held: Float32Array, scene: boolean): void {
    const { now, held: heldRow, weights, sums, total } = this.#plan;
    const rows = this.#rows;
    rows.load(now, x);
    rows.load(heldRow, held);
    rows.load(weights, this.spread.weights);
    const first = sums[0] ?? total;
    rows.clear(first, total - first);
    for (const spans of this.#spans) spans.fill(0);
    this.energy = 0;
    for (let cell = 0; cell < this.#age.length; cell++) {
      if (this.#ignored?.[cell] !== 1) this.#observeCell(cell, scene);
    }
    for (let level = sums.length - 1; level >= 0; level--) this.#pool(level);
  }

  /**
   * A token went out and X̂ moved: what it said is not expected any more.
   * @param cell - of the finest grid
   * @param delta - `[channels]`: by how much the cell's X̂ changed
   */
  sent(cell: number, delta: Float32Array): void {
    const { mean, residual } = this.#plan;
    this.#rows.load(residual, delta);
    this.#rows.mix(residual, -1, mean + cell);
  }

  #observeCell(cell: number, scene: boolean): void {
    const { slope, cap, first, changed, patchNoise, patchFirst } = this.#tuning;
    const { now, held, mean, residual, weights } = this.#plan;
    this.#rows.subtract(now + cell, held + cell, residual);
    const moments = this.#rows.moments(residual, mean + cell, weights);
    const energy = moments[0]!;
    const shared = moments[1]!;
    const expected = moments[2]!;
    const fresh = scene || energy - 2 * shared + expected > changed * Math.max(energy, expected);
    const age = fresh ? 0 : this.#age[cell]! + 1;
    const stay = scene ? first : Math.min(cap, slope * age);
    const agreement = scene ? energy : shared;
    const finest = this.gains.length - 1;
    const unsure = scene ? (1 - patchFirst) * stay : 0;
    const noise = this.#patches && fresh ? (patchNoise + unsure) * energy : 0;
    this.#age[cell] = age;
    this.energy += energy / this.#age.length;
    this.reliefs[finest]![cell] = energy;
    this.gains[finest]![cell] = energy + stay * (2 * agreement - energy) - noise;
    this.#spans[finest]![cell] = 1 + stay;
    if (finest > 0) this.#gather(cell, stay, scene);
    this.#blend(cell, fresh, age);
  }

  /** Adds a cell's R and R + H·Q to its token of the level above. */
  #gather(cell: number, stay: number, scene: boolean): void {
    const { mean, residual, sums, hopes } = this.#plan;
    const rows = this.#rows;
    const level = sums.length - 1;
    const parent = this.#tree.parents[level + 1]![cell]!;
    this.#spans[level]![parent]! += 1 + stay;
    rows.mix(residual, 1, sums[level]! + parent);
    rows.mix(residual, 1, hopes[level]! + parent);
    if (stay > 0) rows.mix(scene ? residual : mean + cell, stay, hopes[level]! + parent);
  }

  /** The newest frame enters the running mean, or starts it anew. */
  #blend(cell: number, fresh: boolean, age: number): void {
    const { mean, residual } = this.#plan;
    if (fresh) {
      this.#rows.copy(residual, mean + cell);
      return;
    }
    const share = Math.max(1 / (age + 1), this.#tuning.blend);
    this.#rows.mix(residual, share, mean + cell, 1 - share);
  }

  /** Gains of one level from its sums, and the sums of the level above. */
  #pool(level: number): void {
    const { weights, sums, hopes } = this.#plan;
    const rows = this.#rows;
    const spans = this.#spans[level]!;
    const parents = this.#tree.parents[level]!;
    const above = level - 1;
    const share = spans.length / this.#age.length;
    for (let token = 0; token < spans.length; token++) {
      const sum = sums[level]! + token;
      const hope = hopes[level]! + token;
      const moments = rows.moments(sum, hope, weights);
      const square = moments[0]!;
      const agreement = moments[1]!;
      this.reliefs[level]![token] = share * square;
      this.gains[level]![token] = 2 * share * agreement - share * share * spans[token]! * square;
      if (above < 0) continue;
      const parent = parents[token]!;
      this.#spans[above]![parent]! += spans[token]!;
      rows.mix(sum, 1, sums[above]! + parent);
      rows.mix(hope, 1, hopes[above]! + parent);
    }
  }
}

/** Where what lies in the rows, by first index: three for each cell, two for each coarser token; encoder's units. */
interface RowPlan {
  /** X, X̂ and Q, a row for each cell. */
  readonly now: number;
  readonly held: number;
  readonly mean: number;
  /** R of the cell at hand; in `sent`, by how much its X̂ moved. */
  readonly residual: number;
  readonly weights: number;
  /** For each level but the finest, a row for each token: sums over its cells of R, and of R + H·Q. To the end. */
  readonly sums: readonly number[];
  readonly hopes: readonly number[];
  readonly total: number;
}

function planRows({ sizes }: ScaleTree): RowPlan {
  let total = 0;
  const take = (rows: number): number => {
    total += rows;
    return total - rows;
  };
  const cells = sizes.at(-1)!;
  const coarse = sizes.slice(0, -1);
  const [now, held, mean, residual, weights] = [take(cells), take(cells), take(cells), take(1), take(1)];
  const sums = coarse.map(take);
  const hopes = coarse.map(take);
  return { now, held, mean, residual, weights, sums, hopes, total };
}
