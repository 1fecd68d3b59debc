import { loadKernel } from './load-kernel.ts';

/** What `kernels/float32-rows.ts` exports; addresses and lengths in bytes. */
interface Kernel {
  subtract(a: number, b: number, to: number, bytes: number): void;
  mix(from: number, share: number, to: number, keep: number, bytes: number): void;
  moments(a: number, b: number, weights: number, out: number, bytes: number): void;
}

const FLOAT_BYTES = 4;
/** Channels that one instruction takes. */
const LANES = 4;
/** Σ w·a², Σ w·a·b and Σ w·b², float64. */
const MOMENTS = 3;
const FILE = new URL('./float32-rows.wasm', import.meta.url);

/**
 * Rows of float32, `[rows, channels]`, and SIMD arithmetic on whole rows, each named by its index. They lie in a
 * WebAssembly memory of their own, whose size never changes: rows × channels (rounded up to a multiple of 4) × 4 bytes.
 * No method allocates.
 */
export class Float32Rows {
  /** `[rows, stride]`; what lies behind a row's channels is 0 and stays 0. Yours to read and write. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Floats from one row to the next, ≥ channels. */
  readonly stride: number;
  readonly #channels: number;
  readonly #rowBytes: number;
  readonly #kernel: Kernel;
  readonly #moments: Float64Array<ArrayBuffer>;

  constructor(rows: number, channels: number) {
    this.#channels = channels;
    this.stride = Math.ceil(channels / LANES) * LANES;
    this.#rowBytes = this.stride * FLOAT_BYTES;
    const bytes = MOMENTS * Float64Array.BYTES_PER_ELEMENT;
    const { exports, buffer } = loadKernel(FILE, rows * this.#rowBytes + bytes);
    this.values = new Float32Array(buffer, 0, rows * this.stride);
    this.#moments = new Float64Array(buffer, this.values.byteLength, MOMENTS);
    this.#kernel = exports as Kernel;
  }

  /** Copies `[n, channels]` from outside into the rows from `row` on. */
  load(row: number, source: Float32Array): void {
    const channels = this.#channels;
    const to = row * this.stride;
    if (channels === this.stride) {
      this.values.set(source, to);
      return;
    }
    const gap = this.stride - channels;
    for (let from = 0, at = to; from < source.length; at += gap) {
      for (let c = 0; c < channels; c++) this.values[at++] = source[from++]!;
    }
  }

  /** Sets `count` rows to 0. */
  clear(row: number, count: number): void {
    this.values.fill(0, row * this.stride, (row + count) * this.stride);
  }

  /** to ← from */
  copy(from: number, to: number): void {
    this.values.copyWithin(to * this.stride, from * this.stride, (from + 1) * this.stride);
  }

  /** to ← a − b */
  subtract(a: number, b: number, to: number): void {
    const bytes = this.#rowBytes;
    this.#kernel.subtract(a * bytes, b * bytes, to * bytes, bytes);
  }

  /** to ← keep·to + share·from, in float32; what is smaller than 10⁻¹² becomes 0. */
  mix(from: number, share: number, to: number, keep = 1): void {
    const bytes = this.#rowBytes;
    this.#kernel.mix(from * bytes, share, to * bytes, keep, bytes);
  }

  /**
   * Inner products of two rows under weights, which are a row too.
   * @returns Σ w·a², Σ w·a·b, Σ w·b², summed in float32; overwritten by the next call
   */
  moments(a: number, b: number, weights: number): Float64Array {
    const bytes = this.#rowBytes;
    this.#kernel.moments(a * bytes, b * bytes, weights * bytes, this.#moments.byteOffset, bytes);
    return this.#moments;
  }
}
