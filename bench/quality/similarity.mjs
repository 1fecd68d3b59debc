import { poolFrames } from './pooled-frames.mjs';

/** Keeps the division sound where a vector is zero. */
const EPSILON = 1e-9;

/** Every similarity is one pass over the clip, and each method sweeps a threshold over the same ones. */
const kept = new WeakMap();

/**
 * Cosine of every token at 144 tokens with the previous *dense* frame: what that frame was, not what was sent of it.
 * @param {import('./pooled-frames.mjs').Clip} clip
 * @param {0 | 1} reach 0: the same position; 1: the best of the 3×3 positions around it, inside the grid
 * @returns {Float64Array[]} for each frame from the second on, `[144]` in raster order; owned by this module
 */
export function previousCosines(clip, reach) {
  let reaches = kept.get(clip.frames);
  if (!reaches) kept.set(clip.frames, (reaches = []));
  return (reaches[reach] ??= compute(clip, reach));
}

function compute(clip, reach) {
  const { means } = poolFrames(clip.frames, clip, 144);
  const frames = means.map((tokens) => withLengths(tokens, clip.channels));
  return frames.slice(1).map((now, before) => cosinesBetween(frames[before], now, clip.channels, reach));
}

/**
 * Tokens of a frame with what a cosine needs of them.
 * @typedef {object} Tokens
 * @property {Float32Array} tokens `[144, channels]`, read only
 * @property {Float64Array} lengths `[144]`
 */

/**
 * @param {Float32Array} tokens `[144, channels]`; kept, read only
 * @param {number} channels
 * @returns {Tokens}
 */
export function withLengths(tokens, channels) {
  return {
    tokens,
    lengths: Float64Array.from({ length: 144 }, (_, p) => Math.sqrt(dot(tokens, p, tokens, p, channels))),
  };
}

/**
 * Cosine of each token with the best of the positions around it in the frame before.
 * @param {Tokens} before
 * @param {Tokens} now
 * @param {number} channels
 * @param {0 | 1} reach see {@link previousCosines}
 * @returns {Float64Array} `[144]` in raster order, owned by the caller
 */
export function cosinesBetween(before, now, channels, reach) {
  return Float64Array.from({ length: 144 }, (_, p) => {
    let best = -Infinity;
    for (const q of NEAR[reach][p]) {
      const scale = now.lengths[p] * before.lengths[q] + EPSILON;
      best = Math.max(best, dot(now.tokens, p, before.tokens, q, channels) / scale);
    }
    return best;
  });
}

/** For each reach and each position of the 12×12 grid, the positions that are no further away in rows and in columns. */
const NEAR = [0, 1].map((reach) => Array.from({ length: 144 }, (_, p) => around(p, reach)));

function around(p, reach) {
  const near = (i) => Array.from({ length: 2 * reach + 1 }, (_, k) => i - reach + k).filter((k) => k >= 0 && k < 12);
  return near(Math.floor(p / 12)).flatMap((row) => near(p % 12).map((column) => row * 12 + column));
}

function dot(a, p, b, q, channels) {
  let sum = 0;
  for (let i = p * channels, k = q * channels; i < (p + 1) * channels; i++, k++) sum += a[i] * b[k];
  return sum;
}

/**
 * A rule that drops tokens for their likeness to the frame before; it knows no frame to come.
 * @typedef {() => (cosines: Float64Array) => Uint8Array} SimilarityRule Makes a fresh one for each stream. That one is
 *   called once a frame, from the second on, and flags the tokens that go out.
 */

/**
 * What a rule sends of a clip, frame by frame; the first frame goes out whole, since there is nothing to compare it with.
 * @param {Float64Array[]} cosines as {@link previousCosines} gives them
 * @param {SimilarityRule} rule
 * @returns {import('./receiver.mjs').Sent}
 */
export function keepBy(cosines, rule) {
  const keeps = rule();
  return [new Uint8Array(144).fill(1), ...cosines.map((frame) => keeps(frame))];
}

/**
 * Flags by a condition on each cosine.
 * @param {Float64Array} cosines
 * @param {(cosine: number) => boolean} keeps
 * @returns {Uint8Array} owned by the caller
 */
export function flagsWhere(cosines, keeps) {
  return Uint8Array.from(cosines, (cosine) => (keeps(cosine) ? 1 : 0));
}
