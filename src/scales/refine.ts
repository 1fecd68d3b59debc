/**
 * The append-only upgrade of the ladder: a receiver that holds a coarse scale needs only some of the finer vectors,
 * because the mean of the children is the parent. From 1 to 9, 36, 144, 576 tokens it takes 8, 27, 108, 432 new ones.
 */

/**
 * The vectors to send: all children but the last of each parent, parent by parent, children in raster order.
 * @param fine - `[fineSide², channels]`, read only
 * @returns `[fineSide² − coarseSide², channels]`, owned by the caller
 */
export function refinement(fine: Float32Array, fineSide: number, coarseSide: number, channels: number): Float32Array {
  const out = new Float32Array((fineSide ** 2 - coarseSide ** 2) * channels);
  let row = 0;
  for (const children of families(fineSide, coarseSide)) {
    for (const child of children.slice(0, -1)) {
      out.set(fine.subarray(child * channels, (child + 1) * channels), row++ * channels);
    }
  }
  return out;
}

/**
 * The fine scale from the coarse one and its refinement; the missing child is `n · parent − Σ siblings`, exact up to
 * the rounding of float32.
 * @param coarse - `[coarseSide², channels]`, read only
 * @param added - what {@link refinement} made, read only
 * @returns `[fineSide², channels]`, owned by the caller
 */
export function refine(
  coarse: Float32Array,
  added: Float32Array,
  fineSide: number,
  coarseSide: number,
  channels: number,
): Float32Array {
  const out = new Float32Array(fineSide ** 2 * channels);
  let row = 0;
  for (const [parent, children] of families(fineSide, coarseSide).entries()) {
    const last = (children.at(-1) ?? 0) * channels;
    for (let c = 0; c < channels; c++) out[last + c] = coarse[parent * channels + c]! * children.length;
    for (const child of children.slice(0, -1)) {
      for (let c = 0; c < channels; c++) {
        const value = added[row * channels + c]!;
        out[child * channels + c] = value;
        out[last + c]! -= value;
      }
      row++;
    }
  }
  return out;
}

/** For each coarse cell, the raster indices of its children in the fine grid. */
function families(fineSide: number, coarseSide: number): number[][] {
  const block = fineSide / coarseSide;
  return Array.from({ length: coarseSide ** 2 }, (_, parent) => {
    const top = Math.floor(parent / coarseSide) * block;
    const left = (parent % coarseSide) * block;
    return Array.from({ length: block ** 2 }, (_, i) => (top + Math.floor(i / block)) * fineSide + left + (i % block));
  });
}
