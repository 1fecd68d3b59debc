/**
 * The pixel descriptor from its definition: each cell of the grid is 4×4 sub-blocks; sub-block i along an axis of `n`
 * sub-blocks begins at pixel ⌊i · side / n⌋. 16 BT.601 lumas, then Cb and Cr averaged over the sub-blocks, doubled. Computed
 * in float64, and rounded to float32 wherever a value is kept, the chroma after each sub-block: equal to the bit.
 */
export function describeSlowly(rgb: Uint8Array, side: number, gridSide: number): Float32Array {
  const edge = (i: number): number => Math.floor((i * side) / (gridSide * 4));
  const out: number[] = [];
  for (let cell = 0; cell < gridSide ** 2; cell++) {
    const lumas: number[] = [];
    let cb = 0;
    let cr = 0;
    for (let sub = 0; sub < 16; sub++) {
      const row = Math.floor(cell / gridSide) * 4 + Math.floor(sub / 4);
      const column = (cell % gridSide) * 4 + (sub % 4);
      const [r, g, b] = meanColor(rgb, side, [edge(row), edge(row + 1)], [edge(column), edge(column + 1)]);
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      lumas.push(luma);
      cb = Math.fround(cb + 0.564 * (b - luma) * (2 / 16));
      cr = Math.fround(cr + 0.713 * (r - luma) * (2 / 16));
    }
    out.push(...lumas, cb, cr);
  }
  return Float32Array.from(out);
}

function meanColor(
  rgb: Uint8Array,
  side: number,
  rows: readonly [number, number],
  columns: readonly [number, number],
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = columns[0]; x < columns[1]; x++) {
      for (let c = 0; c < 3; c++) sum[c]! += rgb[(y * side + x) * 3 + c]!;
    }
  }
  const pixels = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  return [sum[0] / pixels, sum[1] / pixels, sum[2] / pixels];
}
