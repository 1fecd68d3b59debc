/**
 * Arithmetic on rows of float32 with 128-bit SIMD, four channels at a time: what `src/scales/float32-rows.ts` calls.
 * This is AssemblyScript; scripts/build.mjs compiles it to dist/scales/float32-rows.wasm.
 *
 * A row is its address and its length in bytes, a multiple of 16; all rows lie in the memory that the caller imports.
 * Only deterministic instructions: the same numbers come out on every machine.
 */

/** Bytes of the four float32 that one instruction takes. */
const STEP: usize = 16;

/** A mean that decays ends in denormal numbers, over which processors take far longer: it ends here instead. */
const NOTHING: f32 = 1e-12;

/** to ← a − b */
export function subtract(a: usize, b: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += STEP) {
    v128.store(to + i, f32x4.sub(v128.load(a + i), v128.load(b + i)));
  }
}

/** to ← keep·to + share·from; what is smaller than `NOTHING` becomes 0. */
export function mix(from: usize, share: f32, to: usize, keep: f32, bytes: usize): void {
  const shares = f32x4.splat(share);
  const keeps = f32x4.splat(keep);
  const nothing = f32x4.splat(NOTHING);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const kept = f32x4.mul(keeps, v128.load(to + i));
    const mixed = f32x4.add(kept, f32x4.mul(shares, v128.load(from + i)));
    const isNothing = f32x4.lt(f32x4.abs(mixed), nothing);
    v128.store(to + i, v128.andnot(mixed, isNothing));
  }
}

/** Σ w·a², Σ w·a·b and Σ w·b², as three float64 at the address `out`; summed in float32. */
export function moments(a: usize, b: usize, weights: usize, out: usize, bytes: usize): void {
  let aa = f32x4.splat(0);
  let ab = f32x4.splat(0);
  let bb = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += STEP) {
    const left = v128.load(a + i);
    const right = v128.load(b + i);
    const weight = v128.load(weights + i);
    const weighted = f32x4.mul(weight, left);
    aa = f32x4.add(aa, f32x4.mul(weighted, left));
    ab = f32x4.add(ab, f32x4.mul(weighted, right));
    bb = f32x4.add(bb, f32x4.mul(f32x4.mul(weight, right), right));
  }
  store<f64>(out, sumOfLanes(aa));
  store<f64>(out, sumOfLanes(ab), 8);
  store<f64>(out, sumOfLanes(bb), 16);
}

function sumOfLanes(lanes: v128): f64 {
  const low = f64(f32x4.extract_lane(lanes, 0)) + f64(f32x4.extract_lane(lanes, 1));
  return low + f64(f32x4.extract_lane(lanes, 2)) + f64(f32x4.extract_lane(lanes, 3));
}
