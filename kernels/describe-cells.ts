/**
 * The pixel descriptor of one row of cells with 128-bit SIMD: what `src/change/pixel-descriptor.ts` calls, and where the
 * descriptor is explained. This is AssemblyScript; scripts/build.mjs compiles it to dist/change/describe-cells.wasm.
 *
 * Sums are of integers, and float64 and float32 are used in the order of the definition, with deterministic instructions
 * only: the same bits come out on every machine. All addresses lie in the memory that the caller imports.
 */

/** Sub-blocks along one side of a cell, and values of a cell in bytes: 16 lumas, Cb, Cr. */
const SIDE: usize = 4;
const LUMAS: usize = 64;
const CELL: usize = 72;

/** Bytes of the pixels that one instruction takes, and rows of which the sums of a byte fit in 16 bits. */
const STEP: usize = 16;
const ROWS: usize = 257;

/** A pixel's red, green and blue in sums of 32 bits. */
const PIXEL: usize = 12;

/** Share of a sub-block in the cell's chroma, doubled. */
const SHARE: f64 = 0.125;

/**
 * @param cells - in the row
 * @param xs - first column of each sub-block and the end of the last, u32: `[cells * 4 + 1]`
 * @param ys - first row of pixels of each of the 4 rows of sub-blocks and the end of the last, u32: `[5]`
 * @param stride - bytes of a row of pixels
 * @param pixels - RGB24 of the row of cells; up to 15 bytes behind it are read
 * @param sums - for `stride` sums, rounded up to a multiple of 16, u32, overwritten; up to 4 bytes behind them are read
 * @param out - f32, `[cells, 18]`, overwritten
 */
export function describeRow(
  cells: usize,
  xs: usize,
  ys: usize,
  stride: usize,
  pixels: usize,
  sums: usize,
  out: usize,
): void {
  memory.fill(out, 0, cells * CELL);
  for (let sub: usize = 0; sub < SIDE; sub++) {
    const rows: usize = load<u32>(ys, 4) - load<u32>(ys);
    sumRows(pixels, stride, rows, sums);
    addBlocks(cells, xs, rows, sums, out, sub * SIDE * 4);
    pixels += rows * stride;
    ys += 4;
  }
}

/** sums ← of each column of bytes, over `rows` rows. */
function sumRows(from: usize, stride: usize, rows: usize, sums: usize): void {
  for (let i: usize = 0; i < stride; i += STEP) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let at = from + i;
    for (let left = rows; left > 0;) {
      const some = min(left, ROWS);
      let low = i16x8.splat(0);
      let high = i16x8.splat(0);
      for (const end = at + some * stride; at < end; at += stride) {
        const bytes = v128.load(at);
        low = i16x8.add(low, i16x8.extend_low_i8x16_u(bytes));
        high = i16x8.add(high, i16x8.extend_high_i8x16_u(bytes));
      }
      a = i32x4.add(a, i32x4.extend_low_i16x8_u(low));
      b = i32x4.add(b, i32x4.extend_high_i16x8_u(low));
      c = i32x4.add(c, i32x4.extend_low_i16x8_u(high));
      d = i32x4.add(d, i32x4.extend_high_i16x8_u(high));
      left -= some;
    }
    v128.store(sums, a);
    v128.store(sums, b, 16);
    v128.store(sums, c, 32);
    v128.store(sums, d, 48);
    sums += 64;
  }
}

/** Writes the lumas of one row of sub-blocks, `luma` bytes behind the cells' beginnings, and adds their chroma. */
function addBlocks(cells: usize, xs: usize, rows: usize, sums: usize, out: usize, luma: usize): void {
  for (const end = out + cells * CELL; out < end; out += CELL) {
    let cb = load<f32>(out, LUMAS);
    let cr = load<f32>(out, LUMAS + 4);
    for (let sub: usize = 0; sub < SIDE; sub++) {
      const columns: usize = load<u32>(xs, 4) - load<u32>(xs);
      xs += 4;
      // Lanes: red, green, blue, and what lies behind, which is not used.
      let rgb = i32x4.splat(0);
      for (const edge = sums + columns * PIXEL; sums < edge; sums += PIXEL) rgb = i32x4.add(rgb, v128.load(sums));
      const pixels = f64(rows * columns);
      const rg = f64x2.div(f64x2.convert_low_i32x4_u(rgb), f64x2.splat(pixels));
      const r = f64x2.extract_lane(rg, 0);
      const b = f64(i32x4.extract_lane(rgb, 2)) / pixels;
      const y = 0.299 * r + 0.587 * f64x2.extract_lane(rg, 1) + 0.114 * b;
      store<f32>(out + luma + sub * 4, f32(y));
      cb = f32(f64(cb) + 0.564 * (b - y) * SHARE);
      cr = f32(f64(cr) + 0.713 * (r - y) * SHARE);
    }
    store<f32>(out, cb, LUMAS);
    store<f32>(out, cr, LUMAS + 4);
  }
}
