import { FramenestError } from '../errors.ts';
import { loadKernel } from '../scales/load-kernel.ts';

/** Sub-blocks along one side of a cell: 4×4 lumas see detail that a cell's mean hides. */
export const DESCRIPTOR_SIDE = 4;

/** Values of one cell: 16 sub-block lumas, then Cb and Cr of the whole cell. */
export const DESCRIPTOR_CHANNELS = DESCRIPTOR_SIDE * DESCRIPTOR_SIDE + 2;

const FILE = new URL('./describe-cells.wasm', import.meta.url);
/** Bytes of a pixel, of a sum, and of what one instruction takes. */
const PIXEL_BYTES = 3;
const SUM_BYTES = 4;
const LANE_BYTES = 16;

/** What `kernels/describe-cells.ts` exports; addresses and the stride in bytes. */
interface Kernel {
  describeRow(cells: number, xs: number, ys: number, stride: number, pixels: number, sums: number, out: number): void;
}

/**
 * Describes RGB24 squares on the encoder's patch grid, cheaply enough for every frame: one pass over the pixels, no buffer
 * made. Sides that are no multiple of the grid are split as evenly as whole pixels allow. BT.601; colour counts double:
 * 2 values must hold their own beside 16 lumas, so that a traffic light is seen.
 *
 * The frame goes through the memory of a SIMD kernel one row of cells at a time, so that it stays in the processor's cache
 * there: the pixels of such a row, 12 bytes for each column of pixels and 72 for each cell, rounded up to 64 KiB.
 */
export class PixelDescriptor {
  readonly #gridSide: number;
  /** Bytes of a row of pixels. */
  readonly #stride: number;
  readonly #kernel: Kernel;
  /** First pixel of each sub-block along one axis, and the end of the last: `[gridSide * 4 + 1]`. */
  readonly #edges: Uint32Array;
  /** Of one row of cells: its pixels, the address of the kernel's sums, and the descriptor. */
  readonly #pixels: Uint8Array;
  readonly #sums: number;
  readonly #cells: Float32Array;

  /**
   * @param side - of the square frame, pixels; at least `gridSide * 4`
   * @param gridSide - rows, and columns, of the patch grid
   * @throws FramenestError ENCODER_CARD_INVALID
   */
  constructor(side: number, gridSide: number) {
    const blocks = gridSide * DESCRIPTOR_SIDE;
    if (side < blocks) {
      throw new FramenestError('ENCODER_CARD_INVALID', {
        what: `An input of ${side} px has under ${DESCRIPTOR_SIDE} px for each cell of a ${gridSide}×${gridSide} patch grid.`,
        mend: 'Check inputShape and gridSide in the model card.',
      });
    }
    this.#gridSide = gridSide;
    this.#stride = side * PIXEL_BYTES;
    const pixelBytes = Math.ceil(side / gridSide) * this.#stride;
    // In this order: taking whole lanes, the kernel reads some bytes behind the last pixel and the last sum.
    const pixels = wholeLanes((blocks + 1) * Uint32Array.BYTES_PER_ELEMENT);
    this.#sums = pixels + wholeLanes(pixelBytes);
    const cells = this.#sums + wholeLanes(this.#stride) * SUM_BYTES;
    const values = gridSide * DESCRIPTOR_CHANNELS;
    const { exports, buffer } = loadKernel(FILE, cells + values * Float32Array.BYTES_PER_ELEMENT);
    this.#kernel = exports as Kernel;
    this.#edges = new Uint32Array(buffer, 0, blocks + 1);
    for (let i = 0; i <= blocks; i++) this.#edges[i] = Math.floor((i * side) / blocks);
    this.#pixels = new Uint8Array(buffer, pixels, pixelBytes);
    this.#cells = new Float32Array(buffer, cells, values);
  }

  /**
   * @param rgb - `side * side * 3` bytes, row-major, read only
   * @param out - `[gridSide², 18]`: lumas 0 … 255, chroma −255 … 255; overwritten and returned
   */
  describe(rgb: Uint8Array, out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const edges = this.#edges;
    for (let row = 0; row < this.#gridSide; row++) {
      const from = edges[row * DESCRIPTOR_SIDE]! * this.#stride;
      const to = edges[(row + 1) * DESCRIPTOR_SIDE]! * this.#stride;
      this.#pixels.set(rgb.subarray(from, to));
      this.#describeRow(row);
      out.set(this.#cells, row * this.#cells.length);
    }
    return out;
  }

  #describeRow(row: number): void {
    const ys = row * DESCRIPTOR_SIDE * Uint32Array.BYTES_PER_ELEMENT;
    const [pixels, cells] = [this.#pixels.byteOffset, this.#cells.byteOffset];
    this.#kernel.describeRow(this.#gridSide, 0, ys, this.#stride, pixels, this.#sums, cells);
  }
}

function wholeLanes(bytes: number): number {
  return Math.ceil(bytes / LANE_BYTES) * LANE_BYTES;
}
