import type { Ladder } from '../media/token-scale.ts';
import { ScaleErrors } from './figures/scale-errors.ts';

/** One frame's features at every scale, and those that the gate let through last. */
export class FrameViews {
  /** What each scale leaves of the newest frame, channel by channel. Overwritten by `show`. */
  readonly errors: ScaleErrors;
  readonly #levels: ReadonlyMap<number, number>;
  /** By side: of the newest frame that was let through. */
  readonly #seen: ReadonlyMap<number, Float32Array<ArrayBuffer>>;
  readonly #gridSide: number;
  #features = new Float32Array(0);
  #seenFeatures = new Float32Array(0);

  /**
   * @param ladder - every scale, the patch grid itself included
   * @param seenSides - those that `seenAt` will be asked for
   */
  constructor(ladder: Ladder, channels: number, seenSides: readonly number[]) {
    this.errors = new ScaleErrors(
      ladder.scales.map(({ side }) => side),
      channels,
    );
    this.#gridSide = ladder.gridSide;
    this.#levels = new Map(ladder.scales.map(({ side, level }) => [side, level]));
    const coarse = seenSides.filter((side) => side !== ladder.gridSide);
    this.#seen = new Map(coarse.map((side) => [side, new Float32Array(side * side * channels)]));
  }

  /**
   * The next frame.
   * @param features - `[gridSide², channels]`, read only; kept until the next one
   * @param still - the gate holds it: `seenAt` stays with an earlier frame
   */
  show(features: Float32Array<ArrayBuffer>, still: boolean): void {
    this.#features = features;
    this.errors.measure(features);
    if (still) return;
    this.#seenFeatures = features;
    for (const [side, copy] of this.#seen) copy.set(this.meansAt(side));
  }

  /** Block means of the newest frame, `[side², channels]`; overwritten by `show`. */
  readonly meansAt = (side: number): Float32Array => {
    if (side === this.#gridSide) return this.#features;
    return found(this.errors.means[this.#levels.get(side) ?? -1], side);
  };

  /** Block means of the newest frame that was let through. */
  readonly seenAt = (side: number): Float32Array => {
    return side === this.#gridSide ? this.#seenFeatures : found(this.#seen.get(side), side);
  };
}

function found(grid: Float32Array | undefined, side: number): Float32Array {
  if (grid) return grid;
  throw new RangeError(`No scale of side ${side} is looked at.`);
}
