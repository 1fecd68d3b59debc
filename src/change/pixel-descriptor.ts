import { FramenestError } from '../errors.ts';

/** Sub-blocks along one side of a cell: 4×4 lumas see detail that a cell's mean hides. */
export const DESCRIPTOR_SIDE = 4;

/** Values of one cell: 16 sub-block lumas, then Cb and Cr of the whole cell. */
export const DESCRIPTOR_CHANNELS = DESCRIPTOR_SIDE * DESCRIPTOR_SIDE + 2;

/** Colour counts double: 2 values must hold their own beside 16 lumas, so that a traffic light is seen. */
const CHROMA_WEIGHT = 2;

/**
 * Describes RGB24 squares on the encoder's patch grid, cheaply enough for every frame: one pass over the pixels, no
 * allocation. Sides that are no multiple of the grid are split as evenly as whole pixels allow.
 */
export class PixelDescriptor {
  readonly #side: number;
  readonly #gridSide: number;
  /** First pixel of each sub-block along one axis, and the end of the last: `[gridSide * 4 + 1]`. */
  readonly #edges: Int32Array;
  /** RGB sums of one row of sub-blocks: `[gridSide * 4 * 3]`. */
  readonly #sums: Float64Array;

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
    this.#side = side;
    this.#gridSide = gridSide;
    this.#edges = Int32Array.from({ length: blocks + 1 }, (_, i) => Math.floor((i * side) / blocks));
    this.#sums = new Float64Array(blocks * 3);
  }

  /**
   * @param rgb - `side * side * 3` bytes, row-major, read only
   * @param out - `[gridSide², 18]`: lumas 0 … 255, chroma −255 … 255; overwritten and returned
   */
  describe(rgb: Uint8Array, out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const edges = this.#edges;
    out.fill(0);
    // Four pixels are three words: where every sub-block is 4×4 and the words are aligned, add bytes four at a time.
    const words = this.#side === (edges.length - 1) * 4 && rgb.byteOffset % 4 === 0;
    const packed = words ? new Uint32Array(rgb.buffer, rgb.byteOffset, rgb.length / 4) : undefined;
    for (let block = 0; block < edges.length - 1; block++) {
      const top = edges[block]!;
      const bottom = edges[block + 1]!;
      this.#sums.fill(0);
      if (packed) this.#addWords(packed, top);
      else for (let y = top; y < bottom; y++) this.#addRow(rgb, y);
      this.#writeRow(block, bottom - top, out);
    }
    return out;
  }

  /** Adds one row of pixels to the sums of its sub-blocks. */
  #addRow(rgb: Uint8Array, y: number): void {
    const edges = this.#edges;
    const sums = this.#sums;
    let at = y * this.#side * 3;
    for (let block = 0; block < edges.length - 1; block++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (const end = at + (edges[block + 1]! - edges[block]!) * 3; at < end; at += 3) {
        r += rgb[at]!;
        g += rgb[at + 1]!;
        b += rgb[at + 2]!;
      }
      sums[block * 3]! += r;
      sums[block * 3 + 1]! += g;
      sums[block * 3 + 2]! += b;
    }
  }

  /**
   * Adds four rows of pixels to the sums of their 4×4 sub-blocks. Little-endian words hold RGBR GBRG BRGB; masked to every
   * second byte, four rows of 255 fit in 16 bits without carrying over.
   */
  #addWords(words: Uint32Array, top: number): void {
    const stride = (this.#side * 3) / 4;
    const sums = this.#sums;
    let at = top * stride;
    for (let sum = 0; sum < sums.length; sum += 3, at += 3) {
      let even0 = 0;
      let odd0 = 0;
      let even1 = 0;
      let odd1 = 0;
      let even2 = 0;
      let odd2 = 0;
      for (let row = at; row < at + 4 * stride; row += stride) {
        const a = words[row]!;
        const b = words[row + 1]!;
        const c = words[row + 2]!;
        even0 += a & 0xff00ff;
        odd0 += (a >>> 8) & 0xff00ff;
        even1 += b & 0xff00ff;
        odd1 += (b >>> 8) & 0xff00ff;
        even2 += c & 0xff00ff;
        odd2 += (c >>> 8) & 0xff00ff;
      }
      // R G B R, G B R G, B R G B: low halves first.
      sums[sum] = (even0 & 0xffff) + (odd0 >>> 16) + (even1 >>> 16) + (odd2 & 0xffff);
      sums[sum + 1] = (odd0 & 0xffff) + (even1 & 0xffff) + (odd1 >>> 16) + (even2 >>> 16);
      sums[sum + 2] = (even0 >>> 16) + (odd1 & 0xffff) + (even2 & 0xffff) + (odd2 >>> 16);
    }
  }

  /** BT.601 luma and chroma of one row of sub-blocks, `height` pixels high. */
  #writeRow(blockRow: number, height: number, out: Float32Array): void {
    const edges = this.#edges;
    const rowOfCells = Math.floor(blockRow / DESCRIPTOR_SIDE) * this.#gridSide;
    for (let block = 0; block < edges.length - 1; block++) {
      const pixels = height * (edges[block + 1]! - edges[block]!);
      const r = this.#sums[block * 3]! / pixels;
      const g = this.#sums[block * 3 + 1]! / pixels;
      const b = this.#sums[block * 3 + 2]! / pixels;
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      const cell = (rowOfCells + Math.floor(block / DESCRIPTOR_SIDE)) * DESCRIPTOR_CHANNELS;
      out[cell + (blockRow % DESCRIPTOR_SIDE) * DESCRIPTOR_SIDE + (block % DESCRIPTOR_SIDE)] = luma;
      const share = CHROMA_WEIGHT / (DESCRIPTOR_SIDE * DESCRIPTOR_SIDE);
      out[cell + DESCRIPTOR_SIDE * DESCRIPTOR_SIDE]! += 0.564 * (b - luma) * share;
      out[cell + DESCRIPTOR_SIDE * DESCRIPTOR_SIDE + 1]! += 0.713 * (r - luma) * share;
    }
  }
}
