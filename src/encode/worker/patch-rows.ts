import type { Tensor } from 'onnxruntime-node';
import { pool } from '../../scales/pool.ts';
import { fromHalves } from '../../wire/float-formats.ts';
import type { ModelCard } from '../model-card.ts';
import { poolPlanes, transposed } from './planes.ts';

/**
 * The model's output → one array `[side², channels]` a frame, row-major, each alone in its ArrayBuffer so that it can be
 * transferred. The shape must have been checked against the card.
 * @param sides - the side that each frame wants; divides the card's grid
 */
export function patchRows(output: Tensor, card: ModelCard, sides: readonly number[]): Float32Array<ArrayBuffer>[] {
  const floats = floatsOf(output);
  const stride = floats.length / sides.length;
  const { gridSide, channels, prefixTokens } = card;
  return sides.map((side, index) => {
    const frame = floats.subarray(index * stride, (index + 1) * stride);
    if (card.outputLayout === 'channels-first') {
      return transposed(poolPlanes(frame, channels, gridSide, side), channels, side ** 2);
    }
    const patches = frame.subarray(prefixTokens * channels);
    if (side === gridSide) return new Float32Array(patches);
    return pool(patches, gridSide, side, channels, new Float32Array(side ** 2 * channels));
  });
}

/** The output's values as float32. A view where they are, a new array where they are half-precision. */
export function floatsOf(output: Tensor): Float32Array {
  const { data } = output;
  if (data instanceof Float32Array) return data;
  const halves = data as Uint16Array;
  return fromHalves(new Uint16Array(halves.buffer, halves.byteOffset, halves.length));
}
