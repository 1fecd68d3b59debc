import type { Ladder } from '../media/token-scale.ts';
import { blockMean } from './pool.ts';
import { cellOf, levelOf } from './scale-tree.ts';

/** Told of each cell whose X̂ moved: its raster index in the finest grid, and by how much, `[channels]`. */
export type OnMoved = (cell: number, delta: Float32Array) => void;

/**
 * X̂ as a receiver rebuilds it from tokens alone: `[side², channels]` at the finest scale of the ladder.
 *
 * A token replaces the mean of its block and leaves the finer detail that was sent before: X̂ ← X̂ + (v − mean X̂) on
 * each of its cells. Sender and receiver run this same code on the same float32 values in the same order, so that
 * their grids are equal to the bit; the sender applies what the wire's number format makes of its tokens.
 */
export class ReceiverGrid {
  /** X̂. Read it; only `receive` writes. */
  readonly held: Float32Array<ArrayBuffer>;
  readonly side: number;
  readonly channels: number;
  readonly #sides: readonly number[];
  readonly #delta: Float32Array<ArrayBuffer>;

  /** @param channels - of one token */
  constructor(ladder: Ladder, channels: number) {
    this.#sides = ladder.scales.map((scale) => scale.side);
    this.side = this.#sides.at(-1)!;
    this.channels = channels;
    this.held = new Float32Array(this.side ** 2 * channels);
    this.#delta = new Float32Array(channels);
  }

  /** Whether a position lies in this ladder's tree. */
  has(position: number): boolean {
    const side = this.#sides[levelOf(position)];
    return position >= 0 && side !== undefined && cellOf(position) < side * side;
  }

  /**
   * Takes in one token.
   * @param position - level × 1024 + raster index; must lie in the tree, see `has`
   * @param tokens - read only; the token is `[channels]` from `offset` on, as it came over the wire
   */
  receive(position: number, tokens: Float32Array, offset: number, onMoved?: OnMoved): void {
    const { held, channels } = this;
    const side = this.#sides[levelOf(position)]!;
    const cell = cellOf(position);
    const block = this.side / side;
    const delta = this.#delta;
    const top = Math.floor(cell / side) * block;
    const left = (cell % side) * block;
    blockMean(held, this.side, side, cell, channels, delta, 0);
    for (let c = 0; c < channels; c++) delta[c] = tokens[offset + c]! - delta[c]!;
    for (let row = top; row < top + block; row++) {
      for (let column = left; column < left + block; column++) {
        const at = (row * this.side + column) * channels;
        // The finest token is taken as it is: adding a difference would round it.
        if (block === 1) held.set(tokens.subarray(offset, offset + channels), at);
        else for (let c = 0; c < channels; c++) held[at + c]! += delta[c]!;
        onMoved?.(row * this.side + column, delta);
      }
    }
  }
}
