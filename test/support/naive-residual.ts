import type { Persistence } from '#dist/scales/feature-residual.js';

/** A grid of a tree: the cells of the finest grid that each of a level's tokens covers, in raster order. */
function cellsOfTokens(side: number, finestSide: number): number[][] {
  const block = finestSide / side;
  return Array.from({ length: side ** 2 }, (_, token) =>
    Array.from({ length: block ** 2 }, (_, i) => {
      const row = Math.floor(token / side) * block + Math.floor(i / block);
      return row * finestSide + (token % side) * block + (i % block);
    }),
  );
}

/** Σ w·(a − b)². */
function weightedDistance(a: readonly number[], b: readonly number[], weights: ArrayLike<number>): number {
  return a.reduce((sum, value, c) => sum + weights[c]! * (value - b[c]!) ** 2, 0);
}

/** What a token is worth, by the definition. */
export interface NaiveWorth {
  gain: number;
  relief: number;
  /** Sum of what was added and subtracted on the way to `gain`: what its rounding error is a share of. */
  size: number;
}

/** What a cell is known to have in a frame: its residual R, the mean Q of those before, and H. */
interface CellState {
  now: number[];
  before: number[];
  stay: number;
  /** What a single patch loses here. */
  penalty: number;
}

/** The residual, its ages and what tokens gain, from the definitions, in float64: what the kernel is held against. */
export class NaiveResidual {
  /** Of the last `observe`: worth of each token of each level. */
  worths: NaiveWorth[][] = [];
  energy = 0;
  /** Whether a cell came so near to the bound between changed and unchanged that rounding may decide it. */
  ambiguous = false;
  readonly #sides: readonly number[];
  readonly #patches: boolean;
  readonly #channels: number;
  readonly #tuning: Persistence;
  readonly #means: number[][];
  readonly #ages: number[];

  /** @param sides - of the ladder's scales, coarsest first */
  constructor(sides: readonly number[], gridSide: number, channels: number, tuning: Persistence) {
    this.#sides = sides;
    this.#channels = channels;
    this.#tuning = tuning;
    this.#patches = sides.at(-1) === gridSide;
    this.#means = Array.from({ length: sides.at(-1)! ** 2 }, () => new Array<number>(channels).fill(0));
    this.#ages = this.#means.map(() => 0);
  }

  observe(x: Float32Array, held: Float32Array, scene: boolean, weights: Float32Array): void {
    const rowOf = (values: Float32Array, cell: number): number[] => [
      ...values.subarray(cell * this.#channels, (cell + 1) * this.#channels),
    ];
    const states = this.#means.map((_, cell) => {
      const from = rowOf(held, cell);
      const residual = rowOf(x, cell).map((value, c) => value - from[c]!);
      return this.#age(cell, residual, scene, weights);
    });
    const zero = new Array<number>(this.#channels).fill(0);
    this.energy = states.reduce((sum, { now }) => sum + weightedDistance(now, zero, weights), 0) / states.length;
    const finestSide = this.#sides.at(-1)!;
    this.worths = this.#sides.map((side) =>
      cellsOfTokens(side, finestSide).map((cells) =>
        worthOf(
          cells.map((cell) => states[cell]!),
          side === finestSide,
          weights,
        ),
      ),
    );
  }

  sent(cell: number, delta: Float32Array): void {
    this.#means[cell] = this.#means[cell]!.map((value, c) => value - delta[c]!);
  }

  #age(cell: number, now: number[], scene: boolean, weights: Float32Array): CellState {
    const { slope, cap, first, changed, blend, patchNoise, patchFirst } = this.#tuning;
    const before = this.#means[cell]!;
    const zero = now.map(() => 0);
    const energy = weightedDistance(now, zero, weights);
    const difference = weightedDistance(now, before, weights);
    const bound = changed * Math.max(energy, weightedDistance(before, zero, weights));
    if (!scene && Math.abs(difference - bound) < 1e-4 * bound) this.ambiguous = true;
    const fresh = scene || difference > bound;
    const age = fresh ? 0 : this.#ages[cell]! + 1;
    const share = fresh ? 1 : Math.max(1 / (age + 1), blend);
    this.#ages[cell] = age;
    this.#means[cell] = before.map((value, c) => value + share * (now[c]! - value));
    const penalty =
      !this.#patches || !fresh ? 0 : patchNoise * energy + (scene ? (1 - patchFirst) * first * energy : 0);
    return { now, before: scene ? now : before, stay: scene ? first : Math.min(cap, slope * age), penalty };
  }
}

/** The worth of the token that covers these cells. */
function worthOf(states: readonly CellState[], finest: boolean, weights: Float32Array): NaiveWorth {
  const zero = states[0]!.now.map(() => 0);
  const token = zero.map((_, c) => states.reduce((sum, { now }) => sum + now[c]!, 0) / states.length);
  const worth = { gain: 0, relief: 0, size: 0 };
  for (const { now, before, stay, penalty } of states) {
    const [nowAll, nowLeft] = [weightedDistance(now, zero, weights), weightedDistance(now, token, weights)];
    const [allLater, leftLater] = [weightedDistance(before, zero, weights), weightedDistance(before, token, weights)];
    worth.relief += nowAll - nowLeft;
    worth.gain += nowAll - nowLeft + stay * (allLater - leftLater) - (finest ? penalty : 0);
    worth.size += nowAll + nowLeft + stay * (allLater + leftLater);
  }
  return worth;
}
