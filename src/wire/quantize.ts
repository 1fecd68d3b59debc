import type { TokenDtype } from '../media/packet.ts';
import { fromBfloat, fromHalves, toBfloat, toHalves } from './float-formats.ts';

/** Bytes of one value of each dtype. */
export const dtypeBytes: Record<TokenDtype, number> = { F16: 2, BF16: 2, F32: 4, I8: 1 };

/** Tokens in a number format of the wire. */
export interface QuantizedTokens {
  /** `[rows, channels]` in the dtype, little-endian; alone in its buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `[rows]`, for `I8` only: value = integer × factor. */
  readonly scale?: Float32Array;
}

/**
 * float32 → the wire's number format.
 * @param values - `[rows, channels]`, read only
 */
export function quantize(values: Float32Array, channels: number, dtype: TokenDtype): QuantizedTokens {
  switch (dtype) {
    case 'F32':
      return { bytes: new Uint8Array(values.slice().buffer) };
    case 'F16':
      return { bytes: new Uint8Array(toHalves(values).buffer) };
    case 'BF16':
      return { bytes: new Uint8Array(convert(values, new Uint16Array(values.length), toBfloat).buffer) };
    case 'I8':
      return quantizeRows(values, channels);
  }
}

/**
 * The wire's number format → float32.
 * @param bytes - `[rows, channels]` little-endian, any alignment, read only
 * @returns `[rows, channels]`, owned by the caller
 */
export function dequantize(
  bytes: Uint8Array,
  channels: number,
  dtype: TokenDtype,
  scale?: Float32Array,
): Float32Array<ArrayBuffer> {
  const own = aligned(bytes);
  switch (dtype) {
    case 'F32':
      return new Float32Array(own);
    case 'F16':
      return fromHalves(new Uint16Array(own));
    case 'BF16':
      return convert(new Uint16Array(own), new Float32Array(own.byteLength / 2), fromBfloat);
    case 'I8':
      return dequantizeRows(new Int8Array(own), channels, scale);
  }
}

/** `TypedArray.from` with a function is ten times slower than this loop. */
function convert<T extends Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(
  from: Float32Array | Uint16Array,
  to: T,
  one: (value: number) => number,
): T {
  for (let i = 0; i < from.length; i++) to[i] = one(from[i]!);
  return to;
}

/** One factor a row: its largest magnitude becomes ±127. A row of zeros keeps the factor 0. */
function quantizeRows(values: Float32Array, channels: number): QuantizedTokens {
  const rows = values.length / channels;
  const scale = new Float32Array(rows);
  const integers = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    const at = row * channels;
    let peak = 0;
    for (let i = at; i < at + channels; i++) peak = Math.max(peak, Math.abs(values[i]!));
    scale[row] = peak / 127;
    const factor = peak === 0 ? 0 : 127 / peak;
    for (let i = at; i < at + channels; i++) integers[i] = Math.round(values[i]! * factor);
  }
  return { bytes: new Uint8Array(integers.buffer), scale };
}

function dequantizeRows(integers: Int8Array, channels: number, scale?: Float32Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(integers.length);
  const rows = channels === 0 ? 0 : values.length / channels;
  for (let row = 0, at = 0; row < rows; row++) {
    const factor = scale?.[row] ?? NaN;
    for (const end = at + channels; at < end; at++) values[at] = integers[at]! * factor;
  }
  return values;
}

/** A copy that starts at offset 0, as typed arrays of wider values need. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
