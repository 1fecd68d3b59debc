import type { Tensor } from 'onnxruntime-node';
import type { ModelCard } from '../model-card.ts';
import { floatsOfHalves } from './half.ts';

/**
 * The model's output → one array `[gridSide², channels]` a frame, row-major, each alone in its ArrayBuffer so that it
 * can be transferred. The shape must have been checked against the card.
 */
export function patchRows(output: Tensor, card: ModelCard): Float32Array<ArrayBuffer>[] {
  const floats = floatsOf(output);
  const frames = output.dims[0] ?? 0;
  const stride = floats.length / frames;
  return Array.from({ length: frames }, (_, index) => {
    const frame = floats.subarray(index * stride, (index + 1) * stride);
    return card.outputLayout === 'tokens'
      ? new Float32Array(frame.subarray(card.prefixTokens * card.channels))
      : transposed(frame, card.channels, card.gridSide ** 2);
  });
}

/** The output's values as float32. A view where they are, a new array where they are half-precision. */
export function floatsOf(output: Tensor): Float32Array {
  const { data } = output;
  if (data instanceof Float32Array) return data;
  const halves = data as Uint16Array;
  return floatsOfHalves(new Uint16Array(halves.buffer, halves.byteOffset, halves.length));
}

const tile = 16;

/** `[rows, columns]` → a new `[columns, rows]`, in tiles, because a plain loop misses the cache at every write. */
function transposed(from: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const to = new Float32Array(from.length);
  for (let r0 = 0; r0 < rows; r0 += tile) {
    const rEnd = Math.min(rows, r0 + tile);
    for (let c0 = 0; c0 < columns; c0 += tile) {
      const cEnd = Math.min(columns, c0 + tile);
      for (let c = c0; c < cEnd; c++) {
        for (let r = r0; r < rEnd; r++) to[c * rows + r] = from[r * columns + c] ?? 0;
      }
    }
  }
  return to;
}
