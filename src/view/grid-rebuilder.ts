import { FramenestError } from '../errors.ts';
import type { Packet, PacketFrame } from '../media/packet.ts';
import { makeLadder } from '../scales/ladder.ts';
import { ReceiverGrid } from '../scales/receiver-grid.ts';
import { positionOf } from '../scales/scale-tree.ts';
import { dequantize } from '../wire/quantize.ts';
import { misfit } from './misfit.ts';

/** What must be known of a stream to rebuild its grids; a stream's facts in the server's welcome have it, manifests too. */
export interface TokenGeometry {
  /** Tokens of each scale, coarsest first. */
  readonly ladder: readonly number[];
  /** Rows, and columns, of the encoder's patch grid. */
  readonly gridSide: number;
  readonly channels: number;
}

/** One frame as the receiver sees it. */
export interface RebuiltFrame {
  readonly frame: PacketFrame;
  /** Rows, and columns, of `grid`: the finest scale of the ladder. */
  readonly side: number;
  /**
   * The receiver's state after this frame, `[side², channels]`, float32. Overwritten by the next frame: copy what must
   * stay.
   */
  readonly grid: Float32Array;
}

/**
 * Rebuilds the full grid of every frame of a stream from its packets alone, in both layouts: what the sender's own
 * model of the receiver holds, bit for bit. Feed it every packet from the first of an epoch on; after a gap the regions
 * that the missing packets told of are out of date until they are told again. A packet of another epoch starts anew.
 */
export class GridRebuilder {
  readonly #geometry: TokenGeometry;
  #grid: ReceiverGrid;
  #epoch: number | undefined;

  /** @throws FramenestError LADDER_INVALID */
  constructor(geometry: TokenGeometry) {
    this.#geometry = geometry;
    this.#grid = this.#empty();
  }

  /**
   * Takes in a packet, frame by frame.
   * @throws FramenestError WIRE_MALFORMED where the packet does not fit the stream's geometry, or came without values
   */
  *receive(packet: Packet): Generator<RebuiltFrame, void, undefined> {
    const { header, frames, channels, dtype, tokens, tokenScale, position } = packet;
    if (channels === 0) throw valueless();
    if (channels !== this.#geometry.channels) {
      throw misfit(`${channels} channels instead of ${this.#geometry.channels}`);
    }
    if (header.epoch !== this.#epoch) this.#grid = this.#empty();
    this.#epoch = header.epoch;
    const values = dequantize(tokens, channels, dtype, tokenScale);
    let row = 0;
    for (const frame of frames) {
      for (let i = 0; i < frame.tokens; i++) {
        const at = position ? position[row + i] : this.#uniformPosition(frame, i);
        if (at !== undefined) this.#receive(at, values, (row + i) * channels);
      }
      row += frame.tokens;
      yield { frame, side: this.#grid.side, grid: this.#grid.held };
    }
  }

  /** X̂ now, `[side², channels]`. A view: the next packet changes it. */
  get grid(): Float32Array {
    return this.#grid.held;
  }

  /**
   * Goes on from what a receiver held.
   * @param state - X̂, `[side², channels]`, copied, and its epoch; none: the empty grid that an epoch begins with. A grid of
   * another size belongs to another stream and is none.
   */
  restore(state?: { readonly epoch: number; readonly grid: Float32Array }): void {
    this.#grid = this.#empty();
    this.#epoch = undefined;
    if (state?.grid.length !== this.#grid.held.length) return;
    this.#grid.held.set(state.grid);
    this.#epoch = state.epoch;
  }

  #receive(position: number, values: Float32Array, offset: number): void {
    if (!this.#grid.has(position)) throw misfit(`a token at position ${position}, outside of the ladder`);
    this.#grid.receive(position, values, offset);
  }

  /** Where a token of a frame without positions stands; a hold without one says nothing new. */
  #uniformPosition({ kind, scale }: PacketFrame, index: number): number | undefined {
    if (kind === 'hold') return undefined;
    const level = this.#geometry.ladder.indexOf(scale);
    if (kind !== 'uniform' || level < 0) throw misfit(`a frame of kind ${kind} at ${scale} tokens`);
    return positionOf(level, index);
  }

  #empty(): ReceiverGrid {
    const { gridSide, ladder, channels } = this.#geometry;
    return new ReceiverGrid(makeLadder(gridSide, ladder), channels);
  }
}

function valueless(): FramenestError {
  return new FramenestError('WIRE_MALFORMED', {
    what: 'A packet came without the values of its tokens, so no grid can be rebuilt from it.',
    mend: 'Subscribe with values: true.',
  });
}
