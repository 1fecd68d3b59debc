import { FramenestError } from '../errors.ts';

/**
 * The cells that a mask leaves, in order.
 * @param ignore - `[cells]`, row-major: 1 where changes do not count; default none
 * @param cells - of the patch grid
 * @returns raster indices, ascending, at least one
 * @throws FramenestError OPTION_INVALID where the mask has another length or leaves no cell
 */
export function countedCells(ignore: ArrayLike<number> | undefined, cells: number): Int32Array<ArrayBuffer> {
  if (ignore && ignore.length !== cells) {
    throw new FramenestError('OPTION_INVALID', {
      what: `A mask of ${ignore.length} cells does not fit a patch grid of ${cells}.`,
      mend: 'Make it with ignoredCells for the grid of this encoder.',
    });
  }
  const counted = Int32Array.from({ length: cells }, (_, cell) => cell).filter((cell) => !ignore?.[cell]);
  if (counted.length === 0) {
    throw new FramenestError('OPTION_INVALID', {
      what: 'The masks leave nothing of the picture that the encoder sees.',
      mend: 'Make the ignored regions smaller, or the regions larger; with resize mode crop, keep them near the centre.',
    });
  }
  return counted;
}

/**
 * Copies the rows of some cells side by side.
 * @param x - `[all cells, channels]`, read only
 * @param cells - raster indices
 * @param out - `[cells.length, channels]`, overwritten and returned
 */
export function gather(x: Float32Array, cells: Int32Array, channels: number, out: Float32Array): Float32Array {
  for (let i = 0; i < cells.length; i++) {
    const from = cells[i]! * channels;
    for (let c = 0; c < channels; c++) out[i * channels + c] = x[from + c]!;
  }
  return out;
}
