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
  for (let cell = 0; cell < coarseSide * coarseSide; cell++) {
    blockMean(fine, fineSide, coarseSide, cell, channels, out, cell * channels);
  }
  return out;
}

/**
 * One block mean.
 * @param fine - `[fineSide², channels]`, read only
 * @param coarseSide - divides `fineSide`
 * @param cell - raster index in the coarse grid
 * @param out - written from `to` on, `[channels]`; must not overlap the block
 */
export function blockMean(
  fine: Float32Array | Float64Array,
  fineSide: number,
  coarseSide: number,
  cell: number,
  channels: number,
  out: Float32Array | Float64Array,
  to: number,
): void {
  const block = fineSide / coarseSide;
  const top = Math.floor(cell / coarseSide) * block;
  const left = (cell % coarseSide) * block;
  out.fill(0, to, to + channels);
  for (let row = top; row < top + block; row++) {
    addRun(fine, (row * fineSide + left) * channels, block, channels, out, to);
  }
  const share = 1 / (block * block);
  for (let i = to; i < to + channels; i++) out[i]! *= share;
}

/** Adds `cells` neighbours to one cell, four or two at a time: fewer reads and writes of `out`. */
function addRun(
  fine: Float32Array | Float64Array,
  from: number,
  cells: number,
  channels: number,
  out: Float32Array | Float64Array,
  to: number,
): void {
  let at = from;
  let cell = 0;
  for (; cell + 3 < cells; cell += 4, at += 4 * channels) {
    const [b, c, d] = [at + channels, at + 2 * channels, at + 3 * channels];
    for (let i = 0; i < channels; i++) out[to + i]! += fine[at + i]! + fine[b + i]! + (fine[c + i]! + fine[d + i]!);
  }
  for (; cell + 1 < cells; cell += 2, at += 2 * channels) {
    for (let c = 0; c < channels; c++) out[to + c]! += fine[at + c]! + fine[at + channels + c]!;
  }
  if (cell < cells) for (let c = 0; c < channels; c++) out[to + c]! += fine[at + c]!;
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
