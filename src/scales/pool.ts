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
  for (let cell = 0; cell < coarseSide * coarseSide; cell++) {
    const to = cell * channels;
    const top = Math.floor(cell / coarseSide) * block;
    const left = (cell % coarseSide) * block;
    out.fill(0, to, to + channels);
    for (let row = top; row < top + block; row++) {
      addRun(fine, (row * fineSide + left) * channels, block, channels, out, to);
    }
    for (let i = to; i < to + channels; i++) out[i]! *= share;
  }
  return out;
}

/** Adds `cells` neighbours to one cell, two at a time: half the reads and writes of `out`. */
function addRun(
  fine: Float32Array | Float64Array,
  from: number,
  cells: number,
  channels: number,
  out: Float32Array | Float64Array,
  to: number,
): void {
  let at = from;
  for (let pair = 0; pair + 1 < cells; pair += 2, at += 2 * channels) {
    for (let c = 0; c < channels; c++) out[to + c]! += fine[at + c]! + fine[at + channels + c]!;
  }
  if (cells % 2 === 1) for (let c = 0; c < channels; c++) out[to + c]! += fine[at + c]!;
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
