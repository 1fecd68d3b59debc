import type { Packet, TokenDtype } from '../media/packet.ts';
import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';
import { blockMean, pool } from '../scales/pool.ts';
import { cellOf, levelOf } from '../scales/scale-tree.ts';
import { dequantize, dtypeBytes, quantize } from '../wire/quantize.ts';
import type { QuantizedTokens } from '../wire/quantize.ts';
import { poolCodes } from './pool-codes.ts';

/** Tokens in a number format of the wire, `[rows, channels]`; perhaps a part of a larger buffer. */
export interface AnyTokens {
  readonly bytes: Uint8Array;
  /** `[rows]`, for `I8` only. */
  readonly scale?: Float32Array;
}

/** All tokens of a packet in a number format; as they are, not copied, where it is their own. */
export function allTokens(packet: Packet, dtype: TokenDtype): AnyTokens {
  const { channels, tokens, tokenScale } = packet;
  if (dtype === packet.dtype) return { bytes: tokens, ...(tokenScale && { scale: tokenScale }) };
  return quantize(dequantize(tokens, channels, packet.dtype, tokenScale), channels, dtype);
}

/** Some tokens of a packet, by row, in a number format; rounded anew only where it is another one. */
export function someTokens(packet: Packet, rows: readonly number[], dtype: TokenDtype): QuantizedTokens {
  const all = allTokens(packet, dtype);
  const width = packet.channels * dtypeBytes[dtype];
  const bytes = new Uint8Array(rows.length * width);
  for (const [i, row] of rows.entries()) bytes.set(all.bytes.subarray(row * width, (row + 1) * width), i * width);
  const { scale } = all;
  return { bytes, ...(scale && { scale: Float32Array.from(rows, (row) => scale[row] ?? NaN) }) };
}

/**
 * A uniform frame's tokens pooled to a coarser scale.
 * @param side - of the frame's grid
 * @param coarser - divides `side`
 */
export function pooledTokens(packet: Packet, side: number, coarser: number, dtype: TokenDtype): QuantizedTokens {
  const { channels, tokens, tokenScale, dtype: own } = packet;
  if (own === 'F16' || own === 'BF16')
    return quantize(poolCodes(tokens, own, side, coarser, channels), channels, dtype);
  const values = dequantize(tokens, channels, own, tokenScale);
  return quantize(pool(values, side, coarser, channels, new Float32Array(coarser ** 2 * channels)), channels, dtype);
}

/**
 * Means of X̂ over blocks.
 * @param grid - `[side², channels]`, of the ladder's finest scale; read only
 */
export function blockTokens(
  grid: Float32Array,
  ladder: Ladder,
  positions: readonly number[],
  channels: number,
  dtype: TokenDtype,
): QuantizedTokens {
  const { side } = ceiling(ladder);
  const means = new Float32Array(positions.length * channels);
  for (const [i, position] of positions.entries()) {
    const own = ladder.scales[levelOf(position)]?.side ?? side;
    blockMean(grid, side, own, cellOf(position), channels, means, i * channels);
  }
  return quantize(means, channels, dtype);
}

/**
 * X̂ whole, pooled to a scale; at the ladder's finest its own values.
 * @param grid - `[side², channels]`, of the ladder's finest scale; read only
 * @param coarser - side of the scale
 */
export function gridTokens(
  grid: Float32Array,
  ladder: Ladder,
  coarser: number,
  channels: number,
  dtype: TokenDtype,
): QuantizedTokens {
  const { side } = ceiling(ladder);
  if (coarser === side) return quantize(grid, channels, dtype);
  return quantize(pool(grid, side, coarser, channels, new Float32Array(coarser ** 2 * channels)), channels, dtype);
}

/** One after the other. */
export function joinedTokens(first: QuantizedTokens, second: QuantizedTokens): QuantizedTokens {
  const bytes = new Uint8Array(first.bytes.length + second.bytes.length);
  bytes.set(first.bytes);
  bytes.set(second.bytes, first.bytes.length);
  if (!first.scale || !second.scale) return { bytes };
  return { bytes, scale: Float32Array.of(...first.scale, ...second.scale) };
}
