/** The nested algebra, written from its definition, one cell at a time, in float64: what the kernels are held against. */

/** Π_s X: every cell replaced by the mean of the block of cells around it that shares its token. */
export function project(x: ArrayLike<number>, gridSide: number, side: number, channels: number): number[] {
  const block = gridSide / side;
  const out: number[] = [];
  for (let row = 0; row < gridSide; row++) {
    for (let column = 0; column < gridSide; column++) {
      const top = Math.floor(row / block) * block;
      const left = Math.floor(column / block) * block;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let r = top; r < top + block; r++) {
          for (let k = left; k < left + block; k++) sum += x[(r * gridSide + k) * channels + c]!;
        }
        out.push(sum / block ** 2);
      }
    }
  }
  return out;
}

/** P_s X: the same means, one for each token. */
export function blockMeans(x: ArrayLike<number>, gridSide: number, side: number, channels: number): number[] {
  const projected = project(x, gridSide, side, channels);
  const block = gridSide / side;
  const out: number[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const cell = (row * block * gridSide + column * block) * channels;
      out.push(...projected.slice(cell, cell + channels));
    }
  }
  return out;
}

/** ‖a − b‖². */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

/** ‖a‖². */
export function norm(a: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! ** 2;
  return sum;
}

/** The largest difference between two lists of the same length. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = difference;
  }
  return most;
}
