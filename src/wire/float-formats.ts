/** Largest finite float16. */
const HALF_MAX = 65504;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * float32 → float16 bits, rounded to nearest even (IEEE 754-2008, section 4.3.1). Values beyond ±65504 saturate, so that a
 * feature that is too large stays a number; NaN stays NaN.
 */
export function toHalf(value: number): number {
  float[0] = Math.max(-HALF_MAX, Math.min(HALF_MAX, value));
  const all = bits[0]!;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 the result is subnormal: adding 0.5 leaves the value in units of 2^-24, rounded by the adder.
    float[0] = Math.abs(float[0]) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  // Re-bias the exponent from 127 to 15 and round half to even in one addition.
  return sign | (((magnitude + 0xc8000fff + ((magnitude >>> 13) & 1)) >>> 13) & 0x7fff);
}

/** float16 bits → float32, exact. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * {@link toHalf} for a whole array: most values need only the shift, done here on their bits without a call.
 * @param values - read only
 */
export function toHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const from = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const to = new Uint16Array(values.length);
  for (let i = 0; i < to.length; i++) {
    const all = from[i]!;
    const magnitude = all & 0x7fffffff;
    const plain = magnitude >= 0x38800000 && magnitude < 0x477fe000;
    // 0x37fff001 is 2^32 − 0xc8000fff: the same re-bias, kept inside 32 bits.
    const half = (magnitude - 0x37fff001 + ((magnitude >>> 13) & 1)) >>> 13;
    to[i] = plain ? ((all >>> 16) & 0x8000) | half : toHalf(values[i]!);
  }
  return to;
}

/** Every float16 as a float32, made on first use: 256 KiB. */
let everyHalf: Float32Array | undefined;

/** {@link fromHalf} for a whole array. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  everyHalf ??= Float32Array.from({ length: 65_536 }, (_, half) => fromHalf(half));
  const to = new Float32Array(halves.length);
  for (let i = 0; i < to.length; i++) to[i] = everyHalf[halves[i]!]!;
  return to;
}

/** float32 → bfloat16 bits, rounded to nearest even; NaN stays NaN. */
export function toBfloat(value: number): number {
  float[0] = value;
  const all = bits[0]!;
  if ((all & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return ((all + 0x7fff + ((all >>> 16) & 1)) >>> 16) & 0xffff;
}

/** bfloat16 bits → float32, exact. */
export function fromBfloat(bfloat: number): number {
  bits[0] = bfloat << 16;
  return float[0]!;
}
