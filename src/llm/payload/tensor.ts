import { toBfloat, toHalves } from '../../wire/float-formats.ts';

/** Number formats of a payload. I64 is for whole numbers, such as the grid of a frame. */
export type PayloadDtype = 'F16' | 'BF16' | 'F32' | 'I64';

/** A tensor, ready to be written: its values as bytes, little-endian, row by row. */
export interface PayloadTensor {
  readonly dtype: PayloadDtype;
  /** One or more, each ≥ 0. */
  readonly shape: readonly number[];
  /** As many values as the shape has; never changed after it was made. */
  readonly bytes: Uint8Array;
}

/** Bytes of one value. */
export const bytesPerValue = { F16: 2, BF16: 2, F32: 4, I64: 8 } as const satisfies Record<PayloadDtype, number>;

/**
 * A tensor of tokens or of anything else that is counted in fractions.
 * @param values - row by row, as many as `shape` has; read only. F16 saturates at ±65504.
 */
export function floatTensor(
  values: Float32Array,
  shape: readonly number[],
  dtype: Exclude<PayloadDtype, 'I64'>,
): PayloadTensor {
  if (dtype === 'F16') return { dtype, shape, bytes: littleEndian(toHalves(values)) };
  if (dtype === 'BF16') return { dtype, shape, bytes: littleEndian(Uint16Array.from(values, toBfloat)) };
  return { dtype, shape, bytes: littleEndian(values.slice()) };
}

/** A tensor of whole numbers with one dimension, int64. */
export function integerTensor(values: readonly number[]): PayloadTensor {
  const bytes = littleEndian(BigInt64Array.from(values, BigInt));
  return { dtype: 'I64', shape: [values.length], bytes };
}

/** Node's typed arrays have the byte order of the machine: little-endian wherever our decoder and encoder run. */
function littleEndian(values: Uint16Array | Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
