import { Tensor } from 'onnxruntime-node';
import { bytesPerPosition } from '../decoder-shape.ts';
import type { DecoderShape, FloatType } from '../decoder-shape.ts';

type Values = Float32Array | Uint16Array;

/** Positions that the first allocation has room for. */
const firstRoom = 256;

/**
 * Keys and values of the positions that were read, of all layers. A run reads them from one half and writes them, longer,
 * into the other, then the halves change places: no copy is made here, and nothing is left to the garbage collector.
 * Memory: two halves of up to `limit` × layers × heads × headSize × 2 values; they double as they grow.
 */
export class KvCache {
  readonly #shape: DecoderShape;
  readonly #limit: number;
  readonly #names: readonly string[];
  #past: Values[];
  #present: Values[];
  #length = 0;

  /** @param limit most positions, at least 1 */
  constructor(shape: DecoderShape, limit: number) {
    this.#shape = shape;
    this.#limit = limit;
    this.#names = Array.from({ length: shape.layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
    this.#past = this.#names.map(() => allocate(shape.cacheType, 0));
    this.#present = this.#names.map(() => allocate(shape.cacheType, 0));
  }

  /** Positions that it holds. */
  get length(): number {
    return this.#length;
  }

  /** Inputs of a run: what is held. Valid until {@link commit} or {@link keep}. */
  past(): Record<string, Tensor> {
    return this.#tensors('past_key_values', this.#past, this.#length);
  }

  /** Outputs of a run after which `length` positions are held, for the runtime to write into. */
  present(length: number): Record<string, Tensor> {
    if (length > this.#limit) throw new RangeError(`The cache has room for ${this.#limit} positions, not ${length}.`);
    const wanted = this.#valuesOf(length);
    this.#present = this.#present.map((values) => {
      if (values.length >= wanted) return values;
      const room = Math.min(this.#limit, Math.max(firstRoom, 2 ** Math.ceil(Math.log2(length))));
      return allocate(this.#shape.cacheType, this.#valuesOf(room));
    });
    return this.#tensors('present', this.#present, length);
  }

  /** The run is over: what it wrote is what is held. */
  commit(length: number): void {
    [this.#past, this.#present] = [this.#present, this.#past];
    this.#length = length;
  }

  /** Drops what comes after the first `length` positions. */
  keep(length: number): void {
    const { heads, headSize } = this.#shape;
    if (length >= this.#length) return;
    // One block a head: each moves towards the front, behind the one before it.
    for (const values of this.#past) {
      for (let head = 1; head < heads; head++) {
        const from = head * this.#length * headSize;
        values.copyWithin(head * length * headSize, from, from + length * headSize);
      }
    }
    this.#length = length;
  }

  #valuesOf(positions: number): number {
    return positions * this.#shape.heads * this.#shape.headSize;
  }

  #tensors(prefix: string, halves: readonly Values[], length: number): Record<string, Tensor> {
    const { heads, headSize } = this.#shape;
    const dims = [1, heads, length, headSize];
    const entries = this.#names.map((name, index): [string, Tensor] => {
      const values = (halves[index] ?? new Float32Array(0)).subarray(0, this.#valuesOf(length));
      return [`${prefix}.${name}`, floatTensor(values, dims)];
    });
    return Object.fromEntries(entries);
  }
}

/** Positions for which `bytes` are enough, both halves counted; at least 1. */
export function positionsIn(bytes: number, shape: DecoderShape): number {
  return Math.max(1, Math.floor(bytes / (2 * bytesPerPosition(shape))));
}

/** A tensor over `values`, not a copy; 16-bit values are half-precision. */
export function floatTensor(values: Values, dims: readonly number[]): Tensor {
  return values instanceof Float32Array ? new Tensor('float32', values, dims) : new Tensor('float16', values, dims);
}

function allocate(type: FloatType, length: number): Values {
  return type === 'float32' ? new Float32Array(length) : new Uint16Array(length);
}
