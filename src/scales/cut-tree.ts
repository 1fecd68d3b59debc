import { positionOf } from './scale-tree.ts';
import type { ScaleTree } from './scale-tree.ts';

/** What to do with one token of the tree. */
const HOLD = 0;
const SEND = 1;
const SPLIT = 2;

/**
 * The cheapest cut of the scale tree at a price per token: each region holds, takes one mean token, or splits.
 * Dynamic programming from the leaves up; exact, since regions do not touch each other (the pruning of Breiman et al.
 * 1984, CART, chapter 3, with the gain of a token in place of the impurity). Keeps its work space between calls.
 */
export class TreeCutter {
  readonly #tree: ScaleTree;
  readonly #values: readonly Float64Array[];
  readonly #picks: readonly Uint8Array[];
  readonly #counts: readonly Int32Array[];
  readonly #positions: Int32Array;
  #length = 0;

  constructor(tree: ScaleTree) {
    this.#tree = tree;
    this.#values = tree.sizes.map((size) => new Float64Array(size));
    this.#picks = tree.sizes.map((size) => new Uint8Array(size));
    this.#counts = tree.sizes.map((size) => new Int32Array(size));
    this.#positions = new Int32Array(tree.sizes.at(-1) ?? 1);
  }

  /**
   * How many tokens the cheapest cut has.
   * @param gains - for each level, what sending each token gains, in the unit of the price
   */
  count(gains: readonly Float64Array[], price: number): number {
    for (let level = this.#tree.sizes.length - 1; level >= 0; level--) this.#decide(level, gains[level]!, price);
    return this.#counts[0]!.reduce((sum, n) => sum + n, 0);
  }

  /**
   * The positions of the cut that {@link count} decided last, coarse to fine within a region, regions in raster order.
   * A view: overwritten by the next call.
   */
  leaves(): Int32Array {
    this.#length = 0;
    for (let cell = 0; cell < this.#tree.sizes[0]!; cell++) this.#walk(0, cell);
    return this.#positions.subarray(0, this.#length);
  }

  #decide(level: number, gains: Float64Array, price: number): void {
    const values = this.#values[level]!;
    const picks = this.#picks[level]!;
    const counts = this.#counts[level]!;
    for (let cell = 0; cell < values.length; cell++) {
      const sent = gains[cell]! - price;
      picks[cell] = sent > 0 ? SEND : HOLD;
      values[cell] = sent > 0 ? sent : 0;
      counts[cell] = sent > 0 ? 1 : 0;
    }
    const children = this.#tree.children[level];
    if (children) this.#split(level, children);
  }

  /** Splits where the children together are worth more. */
  #split(level: number, children: Int32Array): void {
    const values = this.#values[level]!;
    const picks = this.#picks[level]!;
    const counts = this.#counts[level]!;
    const below = this.#values[level + 1]!;
    const countsBelow = this.#counts[level + 1]!;
    const fanOut = children.length / values.length;
    for (let cell = 0; cell < values.length; cell++) {
      let value = 0;
      let count = 0;
      for (let i = cell * fanOut; i < (cell + 1) * fanOut; i++) {
        value += below[children[i]!]!;
        count += countsBelow[children[i]!]!;
      }
      if (value <= values[cell]!) continue;
      values[cell] = value;
      picks[cell] = SPLIT;
      counts[cell] = count;
    }
  }

  #walk(level: number, cell: number): void {
    const pick = this.#picks[level]![cell]!;
    if (pick === SEND) this.#positions[this.#length++] = positionOf(level, cell);
    if (pick !== SPLIT) return;
    const children = this.#tree.children[level]!;
    const fanOut = children.length / this.#tree.sizes[level]!;
    for (let i = cell * fanOut; i < (cell + 1) * fanOut; i++) this.#walk(level + 1, children[i]!);
  }
}
