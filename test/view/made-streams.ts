import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import type { Packet, PacketFrame, TokenDtype } from '#dist/media/packet.js';
import { fidelitySpending } from '#dist/scales/fidelity-spending.js';
import { makeLadder } from '#dist/scales/ladder.js';
import type { LayoutName } from '#dist/scales/layout.js';
import { pool } from '#dist/scales/pool.js';
import { levelOf } from '#dist/scales/scale-tree.js';
import { TokenSelector } from '#dist/scales/token-selector.js';
import { decodePacket, encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize, quantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { featureClip } from '../support/feature-clips.ts';

export const SIDE = 12;
export const CHANNELS = 4;
export const ladder = makeLadder(24, [1, 9, 36, 144]);
export const geometry = { ladder: [1, 9, 36, 144], gridSide: 24, channels: CHANNELS };
export const layouts = ['uniform', 'tree'] as const;
export const dtypes = ['F16', 'BF16', 'F32', 'I8'] as const;

/** A stream as a camera makes one. */
export interface MadeStream {
  readonly seed: number;
  readonly frames: number;
  readonly layout: LayoutName;
  readonly dtype: TokenDtype;
  readonly price: number;
  readonly noise?: number;
  readonly cutEvery?: number;
  /** Which frames the encoder does not see. */
  readonly held?: (index: number) => boolean;
  /** From one frame to the next, seconds. */
  readonly stepS?: number;
}

/** A packet and X̂ after it. */
export interface Shot {
  readonly packet: Packet;
  readonly grid: Float32Array<ArrayBuffer>;
}

/** Any stream of the real selector, holds included. */
export const anyStream: fc.Arbitrary<MadeStream> = fc
  .record({
    seed: fc.integer(),
    frames: fc.integer({ min: 2, max: 16 }),
    layout: fc.constantFrom<LayoutName>(...layouts),
    dtype: fc.constantFrom<TokenDtype>(...dtypes),
    price: fc.double({ min: 0.05, max: 40, noNaN: true }),
    noise: fc.constantFrom(0, 0.1, 1),
    cutEvery: fc.constantFrom(5, Infinity),
    holds: fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
  })
  .map(({ holds, ...rest }) => ({ ...rest, held: (index) => holds[index % holds.length] === true }));

/** Sends a stream. */
export function shotsOf(made: MadeStream): Shot[] {
  const { seed, frames, layout, dtype, price, noise = 0.1, cutEvery = Infinity, held, stepS = 0.25 } = made;
  const selector = new TokenSelector(ladder, CHANNELS, layout, fidelitySpending(price));
  const clip = featureClip({ seed, frames, side: SIDE, channels: CHANNELS, noise, moving: true, cutEvery });
  return clip.map((features, index) => {
    const moment = { timeS: index * stepS, scene: index % cutEvery === 0 };
    const still = index > 0 && held?.(index) === true;
    const positions = still ? selector.rest(moment) : selector.select(features, moment);
    const at = positions?.slice() ?? new Int32Array(0);
    const mean = pool(selector.grid.held, SIDE, 1, CHANNELS, new Float32Array(CHANNELS));
    const wire = quantize(positions ? selector.tokensAt(at) : mean, CHANNELS, dtype);
    selector.received(at, dequantize(wire.bytes, CHANNELS, dtype, wire.scale));
    const tokens = Math.max(1, at.length);
    const frame: PacketFrame = {
      pts: BigInt(Math.round(index * stepS * 90_000)),
      kind: still ? 'hold' : layout,
      scale: still ? 1 : (selector.scales[Math.max(...at.map(levelOf))] ?? 1),
      change: 0.5,
      droppedBefore: index % 3,
      tokens,
    };
    const packet: Packet = {
      header: {
        stream: 'cam1',
        sequence: index,
        timebase: { num: 1, den: 90_000 },
        encoder: 'x',
        stage: 'pre',
        epoch: 0,
      },
      frames: [frame],
      dtype,
      channels: CHANNELS,
      tokens: wire.bytes,
      ...(wire.scale && { tokenScale: wire.scale }),
      ...(layout === 'tree' && { position: at }),
    };
    return { packet, grid: selector.grid.held.slice() };
  });
}

/** What a receiver with these scales holds after each packet, once it went over the wire. */
export class Receiver {
  readonly #rebuilder: GridRebuilder;

  constructor(scales: readonly number[]) {
    this.#rebuilder = new GridRebuilder({ ...geometry, ladder: scales });
  }

  receive(packet: Packet): Float32Array {
    const [rebuilt] = [...this.#rebuilder.receive(decodePacket(encodePacket(packet)))];
    return rebuilt!.grid.slice();
  }
}

/** X̂ pooled to so many tokens. */
export function pooled(grid: Float32Array, tokens: number): Float32Array {
  const side = Math.sqrt(tokens);
  return side === SIDE ? grid.slice() : pool(grid, SIDE, side, CHANNELS, new Float32Array(tokens * CHANNELS));
}

/** The largest magnitude. */
export function peak(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
