/**
 * Block means: `[fineSide², channels]` → `[coarseSide², channels]`, row-major. The P of the nested algebra; M3 pools
 * the same way (arXiv 2405.17430, section 3.1, `avg_pool2d`).
 * @param fine - read only
 * @param coarseSide - divides `fineSide`
 * @param out - written and returned; at least `coarseSide² * channels` long; must not overlap `fine`
 */
export function pool<T extends Float32Array | Float64Array>(
  fine: Float32Array | Float64Array,
  fineSide: number,
  coarseSide: number,
  channels: number,
  out: T,
): T {
  const block = fineSide / coarseSide;
  const share = 1 / (block * block);
  out.fill(0, 0, coarseSide * coarseSide * channels);
  for (let row = 0; row < fineSide; row++) {
    const coarseRow = Math.floor(row / block) * coarseSide;
    for (let column = 0; column < fineSide; column++) {
      const from = (row * fineSide + column) * channels;
      const to = (coarseRow + Math.floor(column / block)) * channels;
      for (let c = 0; c < channels; c++) out[to + c]! += fine[from + c]!;
    }
  }
  for (let i = 0; i < coarseSide * coarseSide * channels; i++) out[i]! *= share;
  return out;
}

/** The cell of a `coarseSide` grid that holds `cell` of a `fineSide` grid, both as raster indices. */
export function parentCell(cell: number, fineSide: number, coarseSide: number): number {
  const block = fineSide / coarseSide;
  const row = Math.floor(Math.floor(cell / fineSide) / block);
  return row * coarseSide + Math.floor((cell % fineSide) / block);
}

/** Sum of squares: the energy of a grid. */
export function energy(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v * v;
  return sum;
}
