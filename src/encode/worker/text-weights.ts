import type { FileHandle } from 'node:fs/promises';
import { fromHalves } from '../../wire/float-formats.ts';

/** An array of a file of weights. */
export interface WeightArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Little-endian bytes as numbers. */
export function floats(dtype: 'F32' | 'F16' | 'BF16', bytes: Buffer): Float32Array {
  // Alone in its buffer: a view needs an even start.
  const { buffer } = new Uint8Array(bytes);
  if (dtype === 'F32') return new Float32Array(buffer);
  const halves = new Uint16Array(buffer);
  if (dtype === 'F16') return fromHalves(halves);
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/**
 * Bytes of a file.
 * @throws Error where it is shorter
 */
export async function bytesOf(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (from + length > size) throw new Error(`ends at byte ${size}, within what it should hold`);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, from);
  return bytes;
}
