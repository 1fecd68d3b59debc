import { ceiling } from '../media/token-scale.ts';
import type { Ladder } from '../media/token-scale.ts';

/**
 * A mask of the patch grid on the grid of the ladder's finest scale: a cell is in it where all its patches are.
 * @param mask - `[gridSide²]`, row-major, 0 or 1
 * @returns `[side²]` of the finest scale, row-major; the caller's
 */
export function wholeCells(ladder: Ladder, mask: Uint8Array): Uint8Array<ArrayBuffer> {
  const { gridSide } = ladder;
  const { side } = ceiling(ladder);
  const out = new Uint8Array(side * side).fill(1);
  for (let patch = 0; patch < mask.length; patch++) {
    const row = Math.floor((Math.floor(patch / gridSide) * side) / gridSide);
    const column = Math.floor(((patch % gridSide) * side) / gridSide);
    if (mask[patch] === 0) out[row * side + column] = 0;
  }
  return out;
}
