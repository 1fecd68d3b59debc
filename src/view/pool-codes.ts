/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel: its loops prove its indices */
import { dequantize } from '../wire/quantize.ts';

/** Number formats of 16 bits: each value is one of 65,536. */
export type CodedDtype = 'F16' | 'BF16';

/** Every value of a format as float32, made on first use: 256 KiB each. */
const everyValue: Partial<Record<CodedDtype, Float32Array>> = {};

/**
 * Block means straight from the wire's codes, without their float32 in between: half the time of `pool` after `dequantize`,
 * and no large array.
 * @param bytes - `[side², channels]` little-endian, any alignment, read only
 * @param coarser - side of the coarse grid, divides `side`
 * @returns `[coarser², channels]`, owned by the caller
 */
export function poolCodes(
  bytes: Uint8Array,
  dtype: CodedDtype,
  side: number,
  coarser: number,
  channels: number,
): Float32Array<ArrayBuffer> {
  const values = (everyValue[dtype] ??= dequantize(
    new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, code) => code).buffer),
    1,
    dtype,
  ));
  const codes = codesOf(bytes);
  const block = side / coarser;
  const out = new Float32Array(coarser ** 2 * channels);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < coarser; column++) {
      const from = (row * side + column * block) * channels;
      addRun(values, codes, from, block, channels, out, (Math.floor(row / block) * coarser + column) * channels);
    }
  }
  const share = 1 / block ** 2;
  for (let i = 0; i < out.length; i++) out[i]! *= share;
  return out;
}

/** Adds `cells` neighbours to one cell, two at a time: fewer reads and writes of `out`. */
function addRun(
  values: Float32Array,
  codes: Uint16Array,
  from: number,
  cells: number,
  channels: number,
  out: Float32Array,
  to: number,
): void {
  let at = from;
  let cell = 0;
  for (; cell + 1 < cells; cell += 2, at += 2 * channels) {
    const next = at + channels;
    for (let i = 0; i < channels; i++) {
      out[to + i]! += values[codes[at + i]!]! + values[codes[next + i]!]!;
    }
  }
  if (cell < cells) for (let i = 0; i < channels; i++) out[to + i]! += values[codes[at + i]!]!;
}

/** A view where the bytes start at an even place, else a copy. */
function codesOf(bytes: Uint8Array): Uint16Array {
  const own = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint16Array(own.buffer, own.byteOffset, own.length / 2);
}
