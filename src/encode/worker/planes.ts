/**
 * Channels-first features, the way convolutional models give them: one plane `[side, side]` a channel. Pooled and
 * turned into rows here, before they leave the thread: a plane is contiguous, and what leaves is small.
 */

/**
 * Block means of every plane: `[count, fineSide²]` → `[count, coarseSide²]`. Halves by 2×2 as long as it can, which
 * reads each value once and in order, and takes what is left in one step; a mean of equal means is the mean.
 * @param planes - read only
 * @param coarseSide - divides `fineSide`
 * @returns `planes` itself where the sides are equal, else a new array
 */
export function poolPlanes(planes: Float32Array, count: number, fineSide: number, coarseSide: number): Float32Array {
  let values = planes;
  let side = fineSide;
  while (side % 2 === 0 && (side / 2) % coarseSide === 0) {
    side /= 2;
    values = halve(values, count, side);
  }
  return side === coarseSide ? values : poolBlocks(values, count, side, coarseSide);
}

function halve(fine: Float32Array, count: number, side: number): Float32Array {
  const out = new Float32Array(count * side * side);
  const width = 2 * side;
  for (let row = 0; row < count * side; row++) {
    let from = row * 2 * width;
    for (let to = row * side; to < (row + 1) * side; to++, from += 2) {
      out[to] = 0.25 * (fine[from]! + fine[from + 1]! + fine[from + width]! + fine[from + width + 1]!);
    }
  }
  return out;
}

function poolBlocks(fine: Float32Array, count: number, fineSide: number, coarseSide: number): Float32Array {
  const block = fineSide / coarseSide;
  const out = new Float32Array(count * coarseSide * coarseSide);
  for (let row = 0; row < count * fineSide; row++) {
    const to = Math.floor(row / block) * coarseSide;
    for (let column = 0; column < fineSide; column++) {
      out[to + Math.floor(column / block)]! += fine[row * fineSide + column]! / (block * block);
    }
  }
  return out;
}

/**
 * `[rows, columns]` → a new `[columns, rows]`. Eight rows at a time: eight reads in order for one line of writes; a
 * plain loop misses the cache at every write.
 */
export function transposed(from: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const to = new Float32Array(rows * columns);
  const whole = rows - (rows % 8);
  for (let row = 0; row < whole; row += 8) {
    const start = row * columns;
    for (let column = 0, at = row; column < columns; column++, at += rows) {
      to[at] = from[start + column]!;
      to[at + 1] = from[start + columns + column]!;
      to[at + 2] = from[start + 2 * columns + column]!;
      to[at + 3] = from[start + 3 * columns + column]!;
      to[at + 4] = from[start + 4 * columns + column]!;
      to[at + 5] = from[start + 5 * columns + column]!;
      to[at + 6] = from[start + 6 * columns + column]!;
      to[at + 7] = from[start + 7 * columns + column]!;
    }
  }
  for (let row = whole; row < rows; row++) {
    for (let column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column]!;
  }
  return to;
}
