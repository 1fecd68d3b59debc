import { TreeCutter } from './cut-tree.ts';
import type { FeatureResidual } from './feature-residual.ts';
import type { Layout } from './layout.ts';
import { cellOf, levelOf, positionOf } from './scale-tree.ts';
import type { ScaleTree } from './scale-tree.ts';
import type { Allowance } from './spending.ts';

/** Halvings of a price interval: enough to tell any two cuts apart that a frame can have. */
const HALVINGS = 30;

/** Prices below this buy noise: a bound on the error that asks for less is met by what is wrong now, whatever stays. */
const LEAST_PRICE = 1e-4;

/**
 * Each region of the frame at the scale that it is worth: the cheapest cut of the scale tree at the price, made
 * smaller (at a higher price) where it has more tokens than allowed, and larger (at a lower one) where it leaves more
 * unsaid than allowed.
 */
export class TreeLayout implements Layout {
  readonly #cutter: TreeCutter;
  readonly #one = new Int32Array(1);
  /** Work space of `#fit`, as long as the largest cut. */
  readonly #fewer: Int32Array;
  readonly #more: Int32Array;
  readonly #ranked: Float64Array;

  constructor(tree: ScaleTree) {
    const cells = tree.sizes.at(-1)!;
    this.#cutter = new TreeCutter(tree);
    this.#fewer = new Int32Array(cells);
    this.#more = new Int32Array(cells);
    this.#ranked = new Float64Array(cells);
  }

  /** See {@link Layout.choose}. */
  choose(residual: FeatureResidual, { price, most, tau }: Allowance): Int32Array {
    const { gains, reliefs } = residual;
    let worth = gains;
    let at = price;
    if (tau !== undefined && !this.#meets(residual, gains, price, tau)) {
      const least = Math.min(price, tau, LEAST_PRICE);
      // What is not expected to stay gains nothing at any price, and still is an error of this frame.
      if (!this.#meets(residual, gains, least, tau)) worth = reliefs;
      at = this.#priceForError(residual, worth, { least, price, tau });
    }
    if (this.#cutter.count(worth, at) > most) return this.#fit(worth, at, most);
    const leaves = this.#cutter.leaves();
    if (leaves.length > 0) return leaves;
    this.#one[0] = bestToken(gains);
    return this.#one;
  }

  #meets(residual: FeatureResidual, worth: readonly Float64Array[], price: number, tau: number): boolean {
    this.#cutter.count(worth, price);
    return errorLeft(residual, this.#cutter.leaves()) <= tau;
  }

  /**
   * The highest price from `least` to `price`, to within rounding, whose cut leaves no more than `tau`. By reliefs the
   * least one always does: a cut that leaves E at the price p costs E + p × tokens, no more than p × cells, which is
   * what all of the finest tokens cost; so it leaves p a cell at most.
   */
  #priceForError(
    residual: FeatureResidual,
    worth: readonly Float64Array[],
    { least, price, tau }: { least: number; price: number; tau: number },
  ): number {
    if (this.#meets(residual, worth, price, tau)) return price;
    let low = least;
    let high = price;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = Math.sqrt(low * high);
      if (this.#meets(residual, worth, middle, tau)) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * The `most` tokens that are worth most, or nearly: the largest cut that fits, or the next larger one without those of
   * its tokens that gain least. Where many tokens gain the same, as flat pictures make them, no price lies between two
   * cuts that are far from each other.
   */
  #fit(worth: readonly Float64Array[], price: number, most: number): Int32Array {
    const { low, high } = this.#pricesAround(worth, price, most);
    const fits = this.#cutter.count(worth, high);
    this.#fewer.set(this.#cutter.leaves());
    this.#cutter.count(worth, low);
    const fewer = this.#fewer.subarray(0, fits);
    const more = this.#trim(worth, this.#cutter.leaves(), most);
    return valueOf(worth, more, price) > valueOf(worth, fewer, price) ? more : fewer;
  }

  /** The `most` of these tokens that gain most, in their order. */
  #trim(worth: readonly Float64Array[], positions: Int32Array, most: number): Int32Array {
    const ranked = this.#ranked.subarray(0, positions.length);
    for (let i = 0; i < ranked.length; i++) ranked[i] = gainAt(worth, positions[i]!);
    ranked.sort();
    const least = ranked[ranked.length - most]!;
    let ties = 0;
    for (let i = ranked.length - most; i < ranked.length && ranked[i] === least; i++) ties++;
    let kept = 0;
    for (const position of positions) {
      const gain = gainAt(worth, position);
      if (gain > least || (gain === least && ties-- > 0)) this.#more[kept++] = position;
    }
    return this.#more.subarray(0, kept);
  }

  /** Two prices, equal to within rounding: at the lower one the cut has more than `most` tokens, at the higher it fits. */
  #pricesAround(worth: readonly Float64Array[], price: number, most: number): { low: number; high: number } {
    let low = price;
    let high = price;
    for (const level of worth) for (const gain of level) if (gain > high) high = gain;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (this.#cutter.count(worth, middle) > most) low = middle;
      else high = middle;
    }
    return { low, high };
  }
}

/** Mean energy of a cell that stays unsaid once these tokens went out, cells. */
export function errorLeft(residual: FeatureResidual, positions: Int32Array): number {
  let relieved = 0;
  for (const position of positions) relieved += residual.reliefs[levelOf(position)]![cellOf(position)]!;
  return Math.max(0, residual.energy - relieved / residual.reliefs.at(-1)!.length);
}

function gainAt(worth: readonly Float64Array[], position: number): number {
  return worth[levelOf(position)]![cellOf(position)]!;
}

/** What these tokens gain once they are paid for. */
function valueOf(worth: readonly Float64Array[], positions: Int32Array, price: number): number {
  let value = 0;
  for (const position of positions) value += gainAt(worth, position) - price;
  return value;
}

/** The one token that gains most: a frame is never without. The mean of the frame where none gains anything. */
function bestToken(gains: readonly Float64Array[]): number {
  let best = positionOf(0, 0);
  let most = 0;
  for (let level = 0; level < gains.length; level++) {
    const row = gains[level]!;
    for (let cell = 0; cell < row.length; cell++) {
      if (row[cell]! <= most) continue;
      best = positionOf(level, cell);
      most = row[cell]!;
    }
  }
  return best;
}
